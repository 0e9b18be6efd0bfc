/* app/prometheus.h - the service's status in Prometheus' text exposition format, version 0.0.4. */
#ifndef APP_PROMETHEUS_H
#define APP_PROMETHEUS_H

#include "app/status_file.h"

#define PROMETHEUS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends every metric with HELP and TYPE. Of a service that does not run only that is told: old
 * numbers would look like new ones. */
MUST_USE int prometheus_write(const struct service_status *status, struct bytes *out,
                              struct err *err);

#endif
