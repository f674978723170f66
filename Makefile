# Almoner. Variables · rooms · programs · tests · checks · run · install, in that order.

# --- variables ------------------------------------------------------------------------------------
ifeq ($(origin CC),default)
CC       := gcc
endif
SAN      ?=
BUILD    ?= build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
comma    := ,
# One name for one file, however BUILD was given: the lists of headers (*.d) know no other.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
PKGS     := libmariadb libjwt jansson libcurl libargon2 openssl libical icu-uc cairo pangocairo
WARN     := -Wall -Wextra -Wshadow -Wconversion -Werror
HARDEN   := -fstack-protector-strong -fcf-protection -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=3)
CFLAGS   ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Ilib -pthread $(WARN) $(HARDEN) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) \
             $(PKG_CFLAGS) $(CFLAGS)
# Asked once, and only when something is compiled: "make run" installs pkg-config first.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
LDLIBS   = $(eval LDLIBS := $(shell pkg-config --libs $(PKGS)) -lfcgi -lm)$(LDLIBS)
ALL_LDFLAGS = -pie -pthread -Wl,-z,relro,-z,now,--as-needed $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
V        ?=
Q        := $(if $(V),,@)

# --- rooms: lib/<room>/*.c becomes one archive; a room may include only those named before it ------------
ROOMS    := base json websocket webhook report db limit auth events field http feed site search resource person module
REV      = $(if $(1),$(call REV,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
room_archive = $(BUILD)/lib/$(1).a
ARCHIVES := $(foreach r,$(call REV,$(ROOMS)),$(call room_archive,$(r)))
objects  = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)/*.c))

.SECONDEXPANSION:
.SECONDARY:
.PHONY: all build
all: build
build: $$(PROGRAMS) $$(DAEMONS) $(BUILD)/almonerctl

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(if $(V),,@echo "  cc   $<")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# A change of compiler or flags rebuilds everything.
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' > $@
.PHONY: force
force:

$(BUILD)/lib/%.a: $$(call objects,lib/$$*)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

# --- programs: every cgi-bin/<area>/ with a main.c becomes <area>.fcgi; almonerctl operates them --------------
DAEMON_AREAS := pushd hookd
AREAS    := $(filter-out ctl $(DAEMON_AREAS),$(patsubst cgi-bin/%/main.c,%,$(wildcard cgi-bin/*/main.c)))
PROGRAMS := $(AREAS:%=$(BUILD)/cgi-bin/%.fcgi)

$(BUILD)/cgi-bin/%.fcgi: $$(call objects,cgi-bin/$$*) $(ARCHIVES)
	$(if $(V),,@echo "  link $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# Those that are no FastCGI programs: pushd holds connections, and serves HTTP behind nginx; hookd makes connections.
DAEMONS  := $(DAEMON_AREAS:%=$(BUILD)/%)
$(DAEMONS): $(BUILD)/%: $$(call objects,cgi-bin/$$*) $(ARCHIVES)
	$(if $(V),,@echo "  link $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/almonerctl: $(call objects,cgi-bin/ctl) $(ARCHIVES)
	$(if $(V),,@echo "  link $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# --- tests: tests/unit/<room>_<file>_test.c links its room and those before it -------------------------------
rooms_until = $(if $(2),$(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,$(call rooms_until,$(1),$(wordlist 2,$(words $(2)),$(2)))))
unit_room = $(firstword $(subst _, ,$(1)))

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $$(foreach r,$$(call rooms_until,$$(call unit_room,$$*),$$(ROOMS)),$$(call room_archive,$$(r)))
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(foreach r,$(call REV,$(call rooms_until,$(call unit_room,$*),$(ROOMS))),$(call room_archive,$(r))) $(LDLIBS) -lcmocka

UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))
# make unit ROOM=base runs the tests of one room
.PHONY: unit units test
unit: $(filter $(BUILD)/tests/unit/$(ROOM)%,$(UNIT))
	@set -e; cd $(BUILD)/tests/unit; for t in $(abspath $^); do $$t; done
units: $(UNIT)

# Everything, on a private stack of its own; the last line tells how many passed and failed.
test:
	@$(SETUP) test && $(MAKE) $(JOBS) build units && exec $(IN_BUILD) tests/run.sh

# Three database nodes, two copies of the stack, and what can happen to them: needs root, else it says that it was skipped.
.PHONY: test-cluster
test-cluster:
	@tests/cluster/run.sh able || { [ $$? = 3 ]; exit; }; $(SETUP) cluster && $(MAKE) $(JOBS) build && exec $(IN_BUILD) tests/cluster/run.sh

# --- faults: make fault, under load; make soak, SOAK_SECONDS of everything; make torture, each allocation fails once -----
.PHONY: fault soak torture
fault soak torture:
	@$(SETUP) test && $(MAKE) $(JOBS) build units && exec $(IN_BUILD) SECTIONS=$@_full tests/run.sh

# A library that refuses memory, for the programs of any build.
FAIL_MALLOC := build/tests/fault/fail_malloc.so
$(FAIL_MALLOC): tests/fault/fail_malloc.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -shared -o $@ $<
units: $(FAIL_MALLOC)

# --- fuzzing: tests/fuzz/<parser>.c, FUZZ_SECONDS each, from its corpus; needs clang --------------------------
FUZZERS  := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 30

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(ARCHIVES)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

.PHONY: fuzz fuzz-all
fuzz:
	@$(SETUP) fuzz && $(MAKE) $(JOBS) CC=clang SAN=fuzzer-no-link,address,undefined fuzz-all
fuzz-all: $(FUZZERS)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh $^

# --- bench: ours beside limits and peers, on a private stack; writes tests/bench/RESULTS.md ---------------------
.PHONY: bench
bench:
	@$(SETUP) bench && $(MAKE) $(JOBS) build && exec $(IN_BUILD) tests/bench/run.sh

# --- checks: each prints only faults --------------------------------------------------------------------------
.PHONY: lint format
lint:
	@$(SETUP) lint && ROOMS='$(ROOMS)' JOBS='$(JOBS)' FLAGS='-std=c11 -D_GNU_SOURCE -Ilib $(PKG_CFLAGS)' tests/lint/all.sh
format:
	@clang-format -i $$(git ls-files '*.c' '*.h')

# --- run: make run is the first command, make test the second --------------------------------------------------
JOBS     = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) --no-print-directory
IN_BUILD = env BUILD='$(abspath $(BUILD))'
SETUP    = $(IN_BUILD) cgi-bin/ctl/setup.sh
STACK    = $(IN_BUILD) cgi-bin/ctl/stack.sh

.PHONY: run start stop status openapi clean
run start:
	@$(SETUP) run && $(MAKE) $(JOBS) build && exec $(STACK) $@
stop status:
	@$(STACK) $@
openapi: $(BUILD)/openapi.json
$(BUILD)/openapi.json: $(PROGRAMS) $(BUILD)/almonerctl
	$(Q)$(BUILD)/almonerctl openapi $(PROGRAMS) >$@.new && mv $@.new $@
clean:
	rm -rf build

# --- install: as a distribution's package would lay it out ----------------------------------------------------
PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR   = $(DESTDIR)$(PREFIX)/bin
EXECDIR  = $(DESTDIR)$(PREFIX)/libexec/almoner
SHAREDIR = $(DESTDIR)$(PREFIX)/share/almoner
DOCDIR   = $(DESTDIR)$(PREFIX)/share/doc/almoner
UNITDIR  = $(DESTDIR)$(PREFIX)/lib/systemd/system

.PHONY: install uninstall
install: build
	install -d $(BINDIR) $(EXECDIR) $(SHAREDIR) $(DOCDIR) $(UNITDIR)
	install -m 755 $(BUILD)/almonerctl $(BINDIR)
	install -m 755 $(PROGRAMS) $(DAEMONS) cgi-bin/ctl/stack.sh $(EXECDIR)
	install -m 644 $(addprefix cgi-bin/ctl/,common.sh database.sh edge.sh demo.sh demo.mjs) $(EXECDIR)
	cp -R $(wildcard nginx sql static) $(SHAREDIR)
	rm -rf $(SHAREDIR)/nginx/systemd $(SHAREDIR)/static/node_modules
	for unit in nginx/systemd/*.service nginx/systemd/*.socket nginx/systemd/*.target; do \
	sed 's|@PREFIX@|$(PREFIX)|g' $$unit >$(UNITDIR)/$${unit##*/}; done
	install -D -m 644 -t $(UNITDIR)/almoner-module@auth.service.d nginx/systemd/almoner-module@auth.service.d/network.conf
	install -D -m 644 -t $(UNITDIR)/almoner-module@reports.service.d nginx/systemd/almoner-module@reports.service.d/files.conf
	install -d $(UNITDIR)/almoner-module@pushd.service.d
	sed 's|@PREFIX@|$(PREFIX)|g' nginx/systemd/almoner-module@pushd.service.d/daemon.conf >$(UNITDIR)/almoner-module@pushd.service.d/daemon.conf
	install -D -m 644 nginx/systemd/almoner.sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/almoner.conf
	install -D -m 644 nginx/systemd/almoner.tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/almoner.conf
	install -m 644 README.md $(DOCDIR)
	$(BUILD)/almonerctl sample >$(DOCDIR)/almoner.conf.sample
uninstall:
	rm -rf $(BINDIR)/almonerctl $(EXECDIR) $(SHAREDIR) $(DOCDIR) $(UNITDIR)/almoner-* $(UNITDIR)/almoner.target \
	$(DESTDIR)$(PREFIX)/lib/sysusers.d/almoner.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/almoner.conf

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
