# SPDX-License-Identifier: Apache-2.0

# make plugin   build the plugin: ceilometer-redis-2.0-2.0.2-1.noarch.rpm and ceilometer-redis-2.0.2.fp
# make guide    build the guide: ceilometer-redis-2.0.2-guide.html
# make test     everything that needs no lab
# README.rst has the rest.

# Debian's own Python: the first python3 of PATH may be another one, without what Debian packages for it.
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
VENV := .venv/bin
# What git has or would take, and which of it carries the licence, beside scripts.
FILES := git -c safe.directory='*' ls-files --cached --others --exclude-standard
SOURCES := [.](erb|j2|lark|pp|py|rb|sh)$$|^[^/]*[.](toml|yaml)$$|^Makefile$$
# The environment's LAB says which of several labs; LABS, on how many at once the faults are played.
LABS := 2
GUIDE := .cache/doc
REPORT := .cache/faults/report.json
MANAGE := cd tests/acceptance && ../../$(VENV)/python -m lab

# The Debian suite that the lab's controllers are, whose packages they get from the plugin alone, declared as mitaka-9.0
# (trusty); from the mirror that this machine has.
export PLATFORM ?= bookworm
LAB_MIRROR = $(shell apt-get indextargets --format '$$(REPO_URI) $$(RELEASE)' 'Identifier: Packages' | \
	awk '$$2 == "$(shell . /etc/os-release && echo $$VERSION_CODENAME)" { print $$1; exit }')
LAB_BUNDLE = BUNDLE=trusty BUNDLE_SUITE=$(PLATFORM) BUNDLE_MIRROR=$(LAB_MIRROR) BUNDLE_CLIENT=yes \
	BUNDLE_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

.PHONY: plugin lab-plugin doc guide timelines test lint test-unit test-puppet test-store test-ocf test-package \
	fuzz mutants bench lab lab-down acceptance faults clean

plugin: .venv/build
	@$(VENV)/python tools/build.py .cache/plugin .

lab-plugin: .venv/build
	@$(LAB_BUNDLE) $(VENV)/python tools/build.py .cache/lab/plugin .cache/lab

# One after another: each of them keeps two processors busy, and elections in test-store are late beside others.
test: lint doc test-unit test-puppet test-store test-ocf test-package

# The guide, as pages and as one file: .cache/doc/html/index.html, .cache/doc/guide.html.
doc: .venv/doc
	rm -rf $(GUIDE)
	for builder in html singlehtml; do $(VENV)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going \
		--doctree-dir $(GUIDE)/doctrees --builder $$builder doc $(GUIDE)/$$builder || exit; done
	tools/page $(GUIDE)/singlehtml/index.html $(GUIDE)/guide.html

# The guide beside the plugin, for a release.
guide: doc
	rm -f ceilometer-redis-*-guide.html
	cp $(GUIDE)/guide.html ceilometer-redis-2.0.2-guide.html

# The pictures of "When something fails", of the last run of `make faults`, or of REPORT: to be looked at and committed.
timelines: .venv/test
	PYTHONPATH=tests/faults $(VENV)/python doc/extensions/timelines.py $(REPORT)

lint: .venv/test
	$(VENV)/ruff check .
	$(FILES) | \
		xargs awk 'FNR == 1 && /^#! ?\/bin\/(ba)?sh/ { print FILENAME } { nextfile }' | \
		xargs shellcheck --external-sources --source-path=SCRIPTDIR
	! $(FILES) -- ':!tests/data' | \
		xargs awk -v sources='$(SOURCES)' \
		'FNR == 1 && (/^#!/ || FILENAME ~ sources) { print FILENAME } { nextfile }' | \
		xargs grep --files-without-match 'SPDX-License-Identifier: Apache-2.0' | \
		sed 's/$$/: has no SPDX-License-Identifier: Apache-2.0/' | grep .
	$(VENV)/vermin --quiet --target=2.7 --target=3.4- --violations --exclude=urlparse --exclude=urllib.parse \
		helpers tools/pack.py
	PYTHONPATH=helpers $(VENV)/lint-imports --no-cache
	PYTHONPATH=tests/puppet $(VENV)/python -m language deployment_scripts
	tests/puppet/language/templates.rb deployment_scripts
	tests/puppet/documentation.rb deployment_scripts
	tools/prose *.rst doc/*.rst specs/*.rst

test-unit: .venv/test
	$(VENV)/python -m pytest tests/unit --numprocesses 2
	tools/test-python2 tests/unit --numprocesses 2

test-puppet: .venv/test
	$(VENV)/python -m pytest tests/puppet
	tests/puppet/run

# They wait for elections more than they compute; the helper runs under both Pythons, with Redis of each era.
test-store: .venv/test
	tools/test-store

test-ocf: .venv/test
	tests/ocf/run

test-package: plugin .venv/test
	$(VENV)/python -m pytest tests/package --numprocesses 2

# Others than `make test` has, and more of each kind. What is found is printed with a line that plays it again.
fuzz: .venv/test
	FUZZ=$(or $(FUZZ),2000) $(VENV)/python -m pytest tests/unit/fuzz

mutants: .venv/mutants
	tools/mutants

# What a user sizes by, as JSON and pictures in .cache/bench: three quarters of an hour. Some of it: BENCH='ring audit'.
bench: .venv/bench
	$(VENV)/python -m bench $(BENCH)

lab: lab-plugin .venv/lab
	$(MANAGE) up
	$(MANAGE) deploy

lab-down: .venv/lab
	$(MANAGE) down

acceptance: lab-plugin .venv/lab
	$(VENV)/python -m pytest tests/acceptance

# Each worker of pytest-xdist has a lab of its own, from the one that LAB names on. FAULTS are further options of pytest.
faults: lab-plugin .venv/lab
	$(VENV)/python -m pytest tests/faults --verbose --numprocesses $(LABS) --dist worksteal $(FAULTS)

clean:
	rm -rf .venv .venv27 .build .cache deployment_scripts/ceilometer-redis *.rpm *.fp *-guide.html

# What is installed where: a target per group of packages, up to date until a list of it changes.
.venv/python: tools/packages.txt
	tools/install tools/packages.txt
	$(PYTHON) -m venv .venv
	$(VENV)/pip install --quiet wheel==0.45.1 # or pip falls back to a deprecated way for source distributions
	@touch $@

.venv/build: .venv/python tools/requirements-build.txt
	$(VENV)/pip install --quiet --no-deps --requirement tools/requirements-build.txt
	@touch $@

.venv/test: .venv/build tools/requirements-test.txt tests/packages.txt tests/puppet/packages.txt
	tools/install tests/packages.txt tests/puppet/packages.txt
	$(VENV)/pip install --quiet --requirement tools/requirements-test.txt
	@touch $@

.venv/doc: .venv/test doc/packages.txt tools/requirements-doc.txt
	tools/install doc/packages.txt
	$(VENV)/pip install --quiet --requirement tools/requirements-doc.txt
	@touch $@

.venv/bench: .venv/test bench/requirements-scale.txt
	$(PYTHON) -m venv .cache/bench/ceilometer
	.cache/bench/ceilometer/bin/pip install --quiet --requirement bench/requirements-scale.txt
	@touch $@

.venv/mutants: .venv/test tools/requirements-mutants.txt
	$(VENV)/pip install --quiet --requirement tools/requirements-mutants.txt
	@touch $@

.venv/lab: .venv/test tests/acceptance/lab/packages.txt
	tools/install tests/acceptance/lab/packages.txt
	@touch $@
