# Strongroom. `make help` lists the targets.

.PHONY: scope-report help deps build demo test sim attacks chaos tcb bench bench-star bench-acquirer fuzz lint scope scope-update clean deb images compose compose-test
.DEFAULT_GOAL := help

GO ?= go
BUILD := $(GO) build -trimpath
# The FIPS 140-3 module of the native programs: the version that the Go release lists
# as certified (GOROOT/lib/fips140/certified.txt). WebAssembly has none.
FIPS := GOFIPS140=v1.0.0
# Executions, not seconds: where a deadline ends it, go test -fuzz now and then takes
# the deadline for a failure.
FUZZTIME ?= 20000x

# Packages in which goroutines share something. What sweeps its own memory is left
# out: under the race detector a process has too much of it.
export RACE ?= ./terminal/... ./reader/... ./pinpad/... ./acquirer/... \
	./secureworld/kernel/transaction ./secureworld/kernel/internal/devicelink \
	./secureworld/kernel/internal/hostlink ./secureworld/kernel/journal \
	./secureworld/kernel/internal/monitor ./secureworld/kernel/internal/pinpadlink \
	./secureworld/kernel/internal/readerlink ./secureworld/kernel/internal/stepper \
	./secureworld/internal/... ./secureworld/frame/... ./secureworld/element/... \
	./secureworld/mailbox/... ./secureworld/provisioning/... ./internal/...

# Packages whose tests need system calls on all threads, which cgo forbids.
export CGO_FREE ?= ./secureworld/internal/... ./secureworld/kernel/internal/...

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 18

deps: ## install what is missing on Debian or Ubuntu; nothing where nothing is
	@.ci/deps

# $(call program,NAME,FOLDER,ENVIRONMENT,FLAGS)
define program
	@$(3) $(BUILD) $(4) -o bin/$(1) $(2)
endef

build: deps ## build all programs and trusted applications into bin/
	@mkdir -p bin
	$(call program,strongroom,.,CGO_ENABLED=0 $(FIPS))
	$(call program,terminal,./terminal,CGO_ENABLED=0 $(FIPS))
	$(call program,reader,./reader,CGO_ENABLED=1 $(FIPS))
	$(call program,pinpad,./pinpad,CGO_ENABLED=0 $(FIPS))
	$(call program,secureworld,./secureworld,CGO_ENABLED=0 $(FIPS))
	$(call program,kernel,./secureworld/kernel,CGO_ENABLED=0 $(FIPS))
	$(call program,guest,./secureworld/guest,CGO_ENABLED=0 $(FIPS))
	$(call program,tpm,./secureworld/tpm,CGO_ENABLED=0 $(FIPS))
	$(call program,payment.wasm,./secureworld/ta/payment,GOOS=wasip1 GOARCH=wasm,-buildmode=c-shared)
	$(call program,loyalty.wasm,./secureworld/ta/loyalty,GOOS=wasip1 GOARCH=wasm,-buildmode=c-shared)
	$(call program,acquirer,./acquirer,CGO_ENABLED=0 $(FIPS))
	$(call program,pkcs11signer,./secureworld/pkcs11signer,CGO_ENABLED=1 $(FIPS))
	$(call program,element-stdlib,./secureworld/element/stdlib,CGO_ENABLED=0 $(FIPS))
	$(call program,reference.wasm,./secureworld/element/applets/reference,GOOS=wasip1 GOARCH=wasm CGO_ENABLED=0,-buildmode=c-shared -ldflags='-s -w')
	$(call program,element-gcrypt,./secureworld/element/gcrypt,CGO_ENABLED=1 $(FIPS))
	$(call program,element-nettle,./secureworld/element/nettle,CGO_ENABLED=1 $(FIPS))
	$(call program,element-pkcs11,./secureworld/element/pkcs11,CGO_ENABLED=1 $(FIPS))
	$(call program,element-smartcard,./secureworld/element/smartcard,CGO_ENABLED=1 $(FIPS))
	$(call program,mcu,./secureworld/element/mcu,CGO_ENABLED=0 $(FIPS))
	$(call program,element-auditor,./secureworld/element/auditor/command,CGO_ENABLED=0 $(FIPS))
	$(call program,hub,./secureworld/element/bus/hub,CGO_ENABLED=0 $(FIPS))
	$(call program,plainterminal,./tests/plainterminal,CGO_ENABLED=0 $(FIPS))

demo: build ## bring up a whole lane on this machine and open it for a payment
	@bin/strongroom demo

test: build ## run every check; a missing tool is a failure
	@FUZZTIME=$(FUZZTIME) .ci/test

# A night's worth where SECONDS says nothing, or LIVES of payments before that; SEED
# replays one seed with its story.
SECONDS ?= 28800
SEED ?= 0
LIVES ?= 0

sim: ## live through payments on virtual time for SECONDS, or replay SEED
	@mkdir -p bin
	@$(GO) build -o bin/simulation ./tests/simulation
	@bin/simulation -seconds $(SECONDS) -lives $(LIVES) -seed $(SEED)

# Fuzzed frames for the real kernel; make test sends 200000.
FRAMES ?= 10000000

attacks: build ## attack the real secure world, with FRAMES fuzzed frames
	STRONGROOM_REQUIRE=all $(GO) test -count=1 -timeout 120m -v ./tests/attacks -frames=$(FRAMES)

# Sales of the chaos run; make test makes 200.
SALES ?= 10000

chaos: build ## make SALES while programs die, lines are cut and disks fill; compare all books
	STRONGROOM_REQUIRE=all $(GO) test -count=1 -timeout 90m -v ./tests/chaos -sales=$(SALES) -out=$(CURDIR)/var/chaos.json

tcb: build ## count what has to be trusted, and write var/tcb.json
	@mkdir -p var
	$(GO) run ./tests/tcb -out var/tcb.json

bench: build ## measure a payment end to end and write var/bench.json
	@mkdir -p var
	$(FIPS) $(GO) run ./tests/bench -out var/bench.json

bench-star: ## measure how groups of elements grow into a star and write var/star.json
	@mkdir -p var
	$(GO) run ./tests/star -out var/star.json

bench-elements: build ## measure secure elements per core and write var/elements.json
	@mkdir -p var
	$(FIPS) $(BUILD) -tags stdaes -o bin/elementbench-portable ./tests/elementbench
	$(FIPS) $(GO) run ./tests/elementbench -portable bin/elementbench-portable -out var/elements.json

bench-acquirer: ## sales per second on PostgreSQL, beside pgbench and an echo server
	@$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 10m ./acquirer/internal/scale

fuzz: ## fuzz every target, FUZZTIME each (20000x, or 30s for longer)
	@FUZZTIME=$(FUZZTIME) .ci/fuzz

lint: ## run the linters by exact version
	@.ci/lint

scope: ## prove what each program links and what the app world's door can carry
	$(GO) test -count=1 -run '^TestScope' ./tests ./tests/internal/scope

# Sales of the scope report, in the lane and in the plain control terminal.
scope-report: SALES = 20
scope-report: build ## make a scope report of SALES sales in var/scope, with its controls
	@bin/strongroom scope -sales $(SALES)

scope-update: ## write the closures of all programs anew, for review as a diff
	$(GO) test -count=1 -run '^TestScopeClosuresAreAsCommitted$$' ./tests -update-closures

# The secure world's release, and a folder with its signed manifest, licence and
# statements, if there is one.
RELEASE ?= 1
SIGNED ?=

deb: build ## Debian packages in var/deb, the same bytes from the same source; VERSION, RELEASE, SIGNED
	@packaging/debian/build bin var/deb $(or $(VERSION),0.1.$(RELEASE)) $(RELEASE) $(SIGNED)

images: build ## root file systems of the container images in var/images
	@CGO_ENABLED=0 $(BUILD) -o bin/alive ./packaging/compose/alive
	@packaging/compose/images bin var/images

compose: images ## a demo lane in containers: keys in var/compose, images into the engine, up
	@test -d var/compose/ledger || bin/strongroom containers
	@packaging/compose/images -load var/images
	docker-compose up -d

compose-test: build ## start a container engine of the test's own, and pay in a lane of containers
	$(GO) test -count=1 -v -run InContainers ./tests/packaging -engine

clean: ## remove what was built and what a demo left
	rm -rf bin var
