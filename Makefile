# The two commands of the README, and what they are made of. The build itself is CMake's
# (CMakePresets.json): `cmake --preset dev && cmake --build --preset dev && ctest --preset dev`.
.PHONY: help demo test test-powercut bench packages release dev tsan tidy clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo      make sample scans, take them in, search, give back, verify'
	@echo 'make test      build every way (sanitizers, clang, release), run all tests, fuzz'
	@echo 'make test-powercut   pull the plug of a virtual machine that archives; CYCLES=N: cuts'
	@echo 'make bench     measure beside what users would take instead; QUICK=1: a first look'
	@echo 'make release   build only: build/release/sohoa'
	@echo 'make clean     remove build/'

# Installs what is missing from packages.txt; does nothing when nothing is.
packages:
	@tools/install-packages.sh packages.txt

release dev tsan tidy fuzz: packages
	@test -f build/$@/build.ninja || cmake --preset $@
	@cmake --build --preset $@

demo: release
	@tools/demo.sh build/release

test: dev tsan tidy fuzz release
	ctest --preset dev --parallel 2
	ctest --preset tsan --parallel 2
	ctest --preset fuzz --parallel 2
	ctest --preset release --parallel 2

# Without user-mode Linux there is nothing to cut: the script says so and ends with 77.
test-powercut: release
	@tools/install-packages.sh packages-powercut.txt || echo 'Some packages are missing; going on.'
	@CYCLES='$(CYCLES)' tests/powercut/powercut.sh build/release || test $$? = 77

# Rows whose peer cannot be installed are left out, with the reason.
bench: release
	@tools/install-packages.sh packages-bench.txt || echo 'Some peers are missing; going on.'
	build/release/bench/sohoa-bench --build build/release --results bench/results \
	    --data ../shared/data $(if $(QUICK),--quick)

clean:
	rm -rf build
