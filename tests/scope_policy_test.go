package tests

import "github.com/strongroom-pos/strongroom/tests/internal/scope"

// This file is the law of the layout as data. A line that is missing makes
// TestScopeEveryProgramLinksOnlyWhatItMay fail with the edge, and a line that
// nothing uses makes it fail with the line. Every line says why it stands here.

type line = scope.Line

func scopePolicy() *scope.Policy {
	return &scope.Policy{
		Module: "github.com/strongroom-pos/strongroom",
		Programs: append([]scope.Program{
			terminalProgram(), readerProgram(), pinpadProgram(),
			bootProgram(), guestProgram(), kernelProgram(), paymentApplication(), loyaltyApplication(),
			acquirerProgram(), tokenProgram(), tpmProgram(), operatorProgram(), plainTerminal(),
			traced(terminalProgram()), traced(acquirerProgram()),
		}, elementPrograms()...),
		Worlds: append(scopeWorlds(), elementWorlds()...),
		Doors:  append(scopeDoors(), elementDoors()...),
		Foreign: []line{
			{"secureworld/element/stdlib/internal/aes256/rounds_amd64.s", "AES that expands a key in registers; held to the standard library by tests"},
			{"secureworld/element/internal/native/...", "the payment layer of two makes, in C"},
			{"secureworld/element/gcrypt/engine/...", "libgcrypt's primitives for it"},
			{"secureworld/element/nettle/engine/...", "nettle's primitives for it"},
		},
		Unlinked: append([]line{
			{"secureworld/tasdk/licence", "for applications that check their kernel's licence; neither of ours does"},
			{"secureworld/tasdk/crypto", "for applications that ask for cryptography; the payment application does not"},
			{"tests/...", "what proves the product is in no part of it"},
			{"secureworld/internal/durable/durabletest", "cuts the power in boot's tests"},
			{"internal/estate/estatetest", "builds a lane's programs for tests"},
			{"secureworld/tpm/swtpm", "starts a TPM in software for tests"},
			{"secureworld/provisioning/token/tokentest", "makes PKCS#11 tokens for tests"},
			{"secureworld/provisioning/device/devicetest", "stands in for the secure world in the devices' tests"},
			{"secureworld/kernel/internal/linktest", "stands in for devices and host in the tests of the kernel's lines"},
			{"secureworld/dukpt/internal/reference", "a second derivation that tests compare with"},
			{"secureworld/kernel/internal/linktest", "stands in for devices in the kernel's tests"},
			{"internal/timing", "asks in tests whether an operation's time depends on its input"},
			{"packaging/compose/alive", "the health check of container images, which links nothing of ours"},
			{"terminal/internal/standin", "stands in for the secure world in the terminal's tests"},
			{"terminal/internal/testterminal", "a terminal for the tests of what speaks to it"},
			{"terminal/client", "for tills, which are no part of a lane"},
			{"acquirer/internal/testdb", "databases for the acquirer's tests"},
			{"acquirer/internal/scale", "runs several nodes, and terminals that pay through them"},
			{"acquirer/internal/testlane", "stands in for a terminal in the acquirer's tests"},
		}, elementUnlinked()...),
		TestModules: []line{
			{"github.com/tetratelabs/wazero", "runs modules that were rewritten"},
			{"golang.org/x/sys", "cuts and sweeps processes at the system's own interface"},
			{"pgregory.net/rapid", "state machines and generated cases"},
			{"github.com/rogpeppe/go-internal", "end-to-end scripts over the real binaries"},
			{"github.com/nats-io/nkeys", "that server's users"},
			{"github.com/nats-io/nats.go", "the bus's client, where all sites are seen"},
			{"github.com/chromedp/chromedp", "the merchant's page in a real browser"},
			{"github.com/chromedp/cdproto", "the browser protocol that chromedp speaks"},
			{"modernc.org/sqlite", "the simulation reads the books where they lie"},
			{"github.com/jackc/pgx/v5", "makes schemas in a PostgreSQL of the tests' own"},
			{"github.com/moov-io/iso8583", "an echo of messages, to measure beside"},
			{"github.com/prometheus/common", "reads metrics as Prometheus does"},
			{"github.com/prometheus/client_model", "what it reads them into"},
		},
	}
}

// Forbidden in more than one program, always for the same reason.
var (
	noCGO      = line{"runtime/cgo", "C code can reach any memory of the process"}
	noPlugin   = line{"plugin", "what is linked would no longer be known at build time"}
	noExpvar   = line{"expvar", "publishes the command line and memory statistics over HTTP"}
	noPprof    = line{"net/http/pprof", "a heap profile over HTTP is a memory scraper"}
	noProfiles = line{"runtime/pprof", "writes stacks and heap samples out of the process"}
	noRPC      = line{"net/rpc", "brings net/http and gob, which decode by reflection"}
	noHTTP     = line{"net/http", "far too large to survive hostile input next to account data"}
	noExec     = line{"os/exec", "only boot starts programs"}
	noSQL      = line{"database/sql", "durability here is the authenticated log"}
)

func terminalProgram() scope.Program {
	return scope.Program{
		Name: "terminal", Dir: "terminal",
		Own: []line{
			{"terminal/...", "its own core and inner parts"},
			{"web", "the merchant's page that it serves"},
			{"secureworld/mailbox", "the app world's only door"},
			{"secureworld/mailbox/ring", "that door through shared memory"},
			{"secureworld/frame", "the framing of that door"},
			{"secureworld/attestation", "shows the report that it passes on"},
			{"secureworld/keyregistry", "names the keys that are listed"},
			{"secureworld/payment", "the vocabulary that is safe here"},
			{"internal/logs", "log lines of one form, without what looks like a card number"},
			{"internal/settings", "flags, environment and file, of which nothing unknown is taken"},
		},
		Modules: append([]line{
			{"github.com/go-chi/chi/v5", "HTTP routes; the root package only, since its middleware links pprof"},
			{"golang.org/x/time", "holds paired tills and strangers to a rate; nothing but arithmetic"},
		}, sqliteModules("the merchant journal")...),
		Forbidden: []line{noCGO, noPlugin, noExpvar, noPprof, noProfiles, noRPC},
	}
}

// traced is a program's variant that sends spans, which nobody gets who does not build
// it. The program itself links none of these modules, as its own line says.
func traced(p scope.Program) scope.Program {
	p.Name, p.Tags = p.Name+"-otel", "otel"
	p.Own = append(p.Own, line{"internal/traces", "spans of requests, payments and messages"})
	p.Modules = append(p.Modules,
		line{"go.opentelemetry.io/otel", "spans"},
		line{"go.opentelemetry.io/otel/sdk", "their way out, in batches"},
		line{"go.opentelemetry.io/otel/trace", "their ids"},
		line{"go.opentelemetry.io/otel/metric", "needed by that library"},
		line{"go.opentelemetry.io/otel/log", "needed by that library"},
		line{"go.opentelemetry.io/auto/sdk", "needed by that library"},
		line{"github.com/go-logr/logr", "needed by that library"},
		line{"github.com/go-logr/stdr", "needed by that library"},
		line{"github.com/cespare/xxhash/v2", "needed by that library"})
	return p
}

func readerProgram() scope.Program {
	return scope.Program{
		Name: "reader", Dir: "reader", CGO: true,
		Own: []line{
			{"reader/...", "its own EMV kernel, card connection and inner parts"},
			{"secureworld/sred", "its door to the secure world"},
			{"secureworld/sred/contents", "lays out what it seals"},
			{"secureworld/frame", "the framing of that door"},
			{"secureworld/orderauth", "checks that an order comes from the secure world"},
			{"secureworld/cmac", "the order's authentication"},
			{"secureworld/dukpt", "seals under keys that it cannot derive backwards"},
			{"secureworld/dukpt/internal/derive", "the derivation that both ends of DUKPT share"},
			{"secureworld/keyblock", "takes its own keys over, once"},
			{"secureworld/sensitive/...", "holds card data and keys that do not print"},
			{"secureworld/tlv", "EMV data objects"},
			{"secureworld/oda", "verifies a card's certificates and signatures"},
			{"secureworld/provisioning/...", "the certificate and keys it was given, the device's end of its door"},
			{"secureworld/payment", "amount and currency that it shows"},
		},
		Modules: []line{
			{"github.com/ebfe/scard", "PC/SC"},
		},
		Forbidden: []line{noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

func pinpadProgram() scope.Program {
	return scope.Program{
		Name: "pinpad", Dir: "pinpad",
		Own: []line{
			{"pinpad/...", "its own keys and display"},
			{"secureworld/pinentry", "its door to the secure world"},
			{"secureworld/frame", "the framing of that door"},
			{"secureworld/orderauth", "checks that an order comes from the secure world"},
			{"secureworld/cmac", "the order's authentication"},
			{"secureworld/dukpt", "encrypts the PIN under keys that it cannot derive backwards"},
			{"secureworld/dukpt/internal/derive", "the derivation that both ends of DUKPT share"},
			{"secureworld/keyblock", "loads the acquirer's PIN key"},
			{"secureworld/pinblock", "ISO 9564-1 formats 2 and 4"},
			{"secureworld/oda", "the public key that an offline PIN is enciphered with"},
			{"secureworld/sensitive/...", "holds PIN and keys that do not print"},
			{"secureworld/provisioning/...", "the certificate and keys it was given, the device's end of its door"},
			{"secureworld/payment", "amount and currency that it shows"},
		},
		Modules: []line{{"golang.org/x/sys", "locked memory and the terminal's modes"}},
		// Its page is a stand-in for hardware, hence net/http here.
		Forbidden: []line{noCGO, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

func bootProgram() scope.Program {
	return scope.Program{
		Name: "secureworld", Dir: "secureworld",
		Own: []line{
			{"secureworld/internal/...", "image, licence, sandbox, handover, slots and installed applications"},
			{"secureworld/control", "it answers the operator"},
			{"secureworld/mailbox/ring", "makes the memory that a session may go over to"},
			{"secureworld/provisioning/parameters", "refuses signed parameters that are none"},
			{"secureworld/provisioning/storagereset", "lets a storage begin anew by a signed paper alone"},
			{"secureworld/oda", "the form of certification authority keys in them"},
		},
		Modules: []line{
			{"github.com/landlock-lsm/go-landlock", "the sandbox"},
			{"kernel.org/pub/linux/libs/security/libcap/psx", "go-landlock restricts all threads with it"},
			{"golang.org/x/sys", "namespaces, sealed memory files, peer credentials"},
		},
		Forbidden: []line{noCGO, noHTTP, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

func guestProgram() scope.Program {
	return scope.Program{
		Name: "secureworld-guest", Dir: "secureworld/guest",
		Own: []line{
			{"secureworld/internal/carrier", "carries doors and handover to boot outside"},
			{"secureworld/internal/handover", "plays boot's end towards the kernel"},
			{"secureworld/internal/microvm/initramfs", "the names that it shares with who starts the machine"},
			{"secureworld/internal/sandbox/...", "starts the kernel as boot does"},
			{"secureworld/internal/memoryfile", "seals the memory files that it passes on"},
			{"secureworld/internal/fingerprint", "passes the parts of the device on"},
			{"secureworld/internal/entitlement", "passes what applications may on"},
		},
		Modules: []line{
			{"github.com/landlock-lsm/go-landlock", "the sandbox; the kernel calls it, not this program"},
			{"kernel.org/pub/linux/libs/security/libcap/psx", "go-landlock restricts all threads with it"},
			{"golang.org/x/sys", "mounts, modules, namespaces, sealed memory files"},
		},
		Forbidden: []line{noCGO, noExec, noHTTP, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

func kernelProgram() scope.Program {
	return scope.Program{
		Name: "secureworld-kernel", Dir: "secureworld/kernel",
		Own: []line{
			{"secureworld/kernel/...", "its own core and inner parts"},
			{"secureworld/internal/...", "what it shares with boot"},
			{"secureworld/mailbox", "it answers the app world"},
			{"secureworld/mailbox/ring", "and through shared memory"},
			{"secureworld/sred", "it answers the reader"},
			{"secureworld/sred/contents", "the size of an envelope"},
			{"secureworld/pinentry", "it answers the PIN pad"},
			{"secureworld/frame", "the framing of these doors"},
			{"secureworld/orderauth", "it authenticates orders"},
			{"secureworld/cmac", "keys derived and messages authenticated in secret memory"},
			{"secureworld/dukpt", "seals for the acquirer"},
			{"secureworld/dukpt/internal/derive", "the derivation that both ends of DUKPT share"},
			{"secureworld/dukpt/receiver", "opens the reader's envelopes, in the application's memory"},
			{"secureworld/keyblock", "keys come as key blocks only"},
			{"secureworld/sensitive/...", "keys that do not print, in secret memory"},
			{"secureworld/keyregistry", "numbers the keys that it lists"},
			{"secureworld/payment", "the vocabulary of its answers"},
			{"secureworld/provisioning", "manifests, licences and key files"},
			{"secureworld/provisioning/parameters", "the signed parameters of the reader"},
			{"secureworld/provisioning/revocation", "which readers and PIN pads are refused"},
			{"secureworld/oda", "the certification authority keys in them"},
			{"secureworld/attestation", "the report of this device, which it signs"},
			{"secureworld/licensing", "proves that it may use its licence"},
			{"secureworld/tasdk", "the calls that it offers to applications"},
			{"secureworld/tasdk/crypto/call", "the cryptographic calls among them"},
			{"secureworld/tasdk/storage/call", "an application's calls to its own space"},
			{"secureworld/tasdk/card", "what it tells applications of payments"},
			{"secureworld/ta/payment/call", "the calls that it makes into the payment application"},
			{"secureworld/remoteload", "takes host keys from afar: opens the acquirer's key tokens"},
			{"acquirer/hostspec", "field lengths for the host link; no descriptions of values"},
			{"acquirer/hostspec/hostframe", "frames of the host link"},
		},
		Modules: []line{
			{"github.com/tetratelabs/wazero", "runs the trusted applications"},
			{"github.com/landlock-lsm/go-landlock", "the sandbox"},
			{"kernel.org/pub/linux/libs/security/libcap/psx", "go-landlock restricts all threads with it"},
			{"golang.org/x/sys", "secret memory, seccomp"},
			{"golang.org/x/crypto", "ChaCha20-Poly1305, which the standard library keeps to itself; takes key tokens apart"},
		},
		Forbidden: []line{noCGO, noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

func paymentApplication() scope.Program {
	return scope.Program{
		Name: "secureworld-ta-payment", Dir: "secureworld/ta/payment", GOOS: "wasip1", GOARCH: "wasm",
		Own: []line{
			{"secureworld/ta/payment/...", "the only place that can name an account number"},
			{"secureworld/tasdk", "how an application talks to the kernel"},
			{"secureworld/frame", "lays the calls' fields out in bytes"},
			{"secureworld/sred/contents", "the layout of what the reader sealed"},
			{"secureworld/payment", "token and masked number that it gives away"},
			{"secureworld/tlv", "the reader's EMV data"},
			{"secureworld/oda", "recovers a card's key for PINs from its certificates"},
			{"acquirer/hostspec", "the host's message layout"},
			{"acquirer/hostspec/codec", "builds and reads host messages"},
		},
		Modules: []line{
			{"github.com/moov-io/iso8583", "host messages"},
			{"github.com/yerden/go-util", "BCD for the ISO 8583 library"},
			{"golang.org/x/text", "character sets of the ISO 8583 library"},
		},
		Forbidden: []line{
			noCGO, noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL,
			{"crypto/tls", "an application has no network"},
		},
	}
}

func loyaltyApplication() scope.Program {
	return scope.Program{
		Name: "secureworld-ta-loyalty", Dir: "secureworld/ta/loyalty", GOOS: "wasip1", GOARCH: "wasm",
		Own: []line{
			{"secureworld/ta/loyalty/...", "points for each card"},
			{"secureworld/tasdk", "how an application talks to the kernel"},
			{"secureworld/tasdk/card", "how it learns of payments"},
			{"secureworld/tasdk/storage", "its own space"},
			{"secureworld/tasdk/storage/call", "the form of what it asks its space"},
			{"secureworld/payment", "a payment's amount and currency"},
		},
		Forbidden: []line{
			noCGO, noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL,
			{"crypto/tls", "an application has no network"},
		},
	}
}

func acquirerProgram() scope.Program {
	return scope.Program{
		Name: "acquirer", Dir: "acquirer",
		Own: []line{
			{"acquirer/...", "its own host, ledger and issuer stand-in"},
			{"secureworld/attestation", "verifies what a terminal's device says of itself"},
			{"secureworld/provisioning/revocation", "which terminals are refused"},
			{"secureworld/element/...", "its own secure elements"},
			{"secureworld/frame", "the framing of their door"},
			{"secureworld/dukpt/...", "opens what terminals and PIN pads sealed"},
			{"secureworld/sensitive/...", "keys that do not print"},
			{"secureworld/tlv", "DE 55"},
			{"internal/logs", "log lines of one form, without what looks like a card number"},
			{"internal/settings", "flags, environment and file, of which nothing unknown is taken"},
		},
		Modules: append([]line{
			{"github.com/prometheus/client_golang", "its metrics; the library links expvar, which nothing here serves"},
			{"github.com/prometheus/client_model", "needed by that library"},
			{"github.com/prometheus/common", "needed by that library"},
			{"github.com/prometheus/procfs", "needed by that library"},
			{"github.com/beorn7/perks", "needed by that library"},
			{"github.com/cespare/xxhash/v2", "needed by that library"},
			{"github.com/munnerz/goautoneg", "needed by that library"},
			{"google.golang.org/protobuf", "needed by that library"},
			{"github.com/moov-io/iso8583", "host messages"},
			{"github.com/yerden/go-util", "BCD for the ISO 8583 library"},
			{"golang.org/x/text", "character sets of the ISO 8583 library"},
		}, append(append(natsModules(), sqliteModules("the ledger")...), postgresModules()...)...),
		Forbidden: []line{noCGO, noPlugin, noPprof, noRPC},
	}
}

func tokenProgram() scope.Program {
	return scope.Program{
		Name: "secureworld-pkcs11signer", Dir: "secureworld/pkcs11signer", CGO: true,
		Own: []line{
			{"secureworld/provisioning/token/wire", "what the operator's command asks"},
			{"secureworld/frame", "the framing of these questions"},
		},
		Modules:   []line{{"github.com/miekg/pkcs11", "the interface of a token's library"}},
		Forbidden: []line{noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

func tpmProgram() scope.Program {
	return scope.Program{
		Name: "secureworld-tpm", Dir: "secureworld/tpm",
		Own: []line{
			{"secureworld/internal/tpmpipe", "what boot asks"},
			{"secureworld/attestation", "the form of a quote, and how the register is replayed"},
		},
		Modules: []line{
			{"github.com/google/go-tpm", "the commands of a TPM 2.0; never in boot"},
			{"golang.org/x/sys", "needed by that library"},
		},
		Forbidden: []line{noCGO, noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

func operatorProgram() scope.Program {
	return scope.Program{
		Name: "strongroom", Dir: ".",
		Own: []line{
			{"internal/...", "brings up a lane, simulates cards, sweeps for canaries"},
			{"reader/iso7816", "the simulated card answers on it"},
			{"secureworld/tlv", "the simulated card's data objects"},
			{"secureworld/provisioning", "makes demo keys and configurations"},
			{"secureworld/provisioning/signing", "signs kernel, applications and licence for a demo"},
			{"secureworld/internal/certificate", "the form of what it signs"},
			{"secureworld/internal/image", "the form of what it signs"},
			{"secureworld/internal/entitlement", "what an application asks for in its manifest"},
			{"secureworld/internal/licence", "the form of what it signs"},
			{"secureworld/internal/durable", "how package image keeps the counter; unused here"},
			{"secureworld/control", "updates and applications, through boot's door"},
			{"secureworld/internal/memoryfile", "seals an update before boot gets it"},
			{"secureworld/keyregistry", "tells the seven stages of each key"},
			{"secureworld/attestation", "verifies a device's report, and names the purpose of its certificate"},
			{"secureworld/keyblock", "wraps each demo key for whom it is meant"},
			{"secureworld/dukpt", "key types and key ids of the demo's initial keys"},
			{"secureworld/dukpt/internal/derive", "the derivation that both ends of DUKPT share"},
			{"secureworld/dukpt/receiver", "derives the demo devices' initial keys"},
			{"secureworld/remoteload", "the form of a delivery, and the purpose of its certificates"},
			{"secureworld/remoteload/distribution", "the acquirer's key distribution host"},
			{"secureworld/cmac", "key blocks are bound by it"},
			{"secureworld/sensitive/schedule", "expands a key to wrap or to derive with"},
			{"secureworld/element/applet", "certifies developers of applets, and signs"},
			{"secureworld/element", "the key file of the demo's element"},
			{"secureworld/element/listener", "linked by that package"},
			{"secureworld/element/ibm3624", "PIN offsets of the demo's cards"},
			{"secureworld/element/cvv", "card verification values of the demo's cards"},
			{"secureworld/provisioning/parameters", "writes the demo's signed parameters"},
			{"secureworld/provisioning/storagereset", "the form of the paper that begins a storage anew"},
			{"secureworld/provisioning/token", "signs with keys in a PKCS#11 token"},
			{"secureworld/provisioning/token/wire", "what it asks the program that holds the token"},
			{"secureworld/oda", "the form of certification authority keys in them"},
			{"secureworld/element/identity", "the form of what it certifies"},
			{"secureworld/element/identity/authority", "certifies a demo's elements, their MCU and their client"},
			{"secureworld/element/overseer/door", "asks an MCU for its picture"},
			{"secureworld/element/group/door", "what that door is made of"},
			{"secureworld/sensitive", "a demo's keys on their way into an element's folder"},
			{"secureworld/frame", "the framing of the elements' doors"},
			{"acquirer/provisioning", "the demo acquirer's terminals and cards"},
		},
		Modules: []line{
			{"golang.org/x/sys", "users and namespaces of a lane"},
			{"golang.org/x/mod", "signed checkpoints and the log of releases; never in boot"},
			{"golang.org/x/crypto", "Argon2id, under which custodians' components are sealed; puts key tokens together"},
		},
		Forbidden: []line{noCGO, noPlugin, noPprof, noRPC},
	}
}

func plainTerminal() scope.Program {
	return scope.Program{
		Name: "tests-plainterminal", Dir: "tests/plainterminal",
		Own: []line{
			{"internal/plain/door", "its own configuration and answers"},
			{"internal/virtualcard", "the card, in its own process"},
			{"reader/emv/...", "the same EMV kernel as the lane it is compared with"},
			{"reader/iso7816/...", "the same card connection"},
			{"secureworld/tlv", "EMV data objects"},
			{"secureworld/oda", "needed by that kernel"},
			{"acquirer/hostspec/...", "the same host messages"},
			{"secureworld/dukpt", "the same kinds of keys"},
			{"secureworld/dukpt/internal/derive", "the derivation that both ends of DUKPT share"},
			{"secureworld/sensitive/schedule", "needed by that derivation"},
			{"secureworld/cmac", "the same MACs"},
			{"secureworld/pinblock", "the same PIN blocks"},
		},
		Modules: []line{
			{"github.com/moov-io/iso8583", "host messages"},
			{"github.com/yerden/go-util", "BCD for the ISO 8583 library"},
			{"golang.org/x/text", "character sets of the ISO 8583 library"},
		},
		Forbidden: []line{noPlugin},
	}
}

// postgresModules are the driver of a ledger that several nodes share, and what it brings.
func postgresModules() []line {
	return []line{
		{"github.com/jackc/pgx/v5", "the ledger of several nodes"},
		{"github.com/jackc/pgpassfile", "the file of its password"},
		{"github.com/jackc/pgservicefile", "needed by that driver"},
		{"github.com/jackc/puddle/v2", "needed by that driver"},
		{"golang.org/x/sync", "needed by that driver"},
	}
}

// sqliteModules are the driver and what it brings.
func sqliteModules(use string) []line {
	return []line{
		{"modernc.org/sqlite", use},
		{"modernc.org/libc", "the C library that the driver was translated with"},
		{"modernc.org/mathutil", "needed by that library"},
		{"modernc.org/memory", "needed by that library"},
		{"github.com/dustin/go-humanize", "needed by that library"},
		{"github.com/google/uuid", "needed by that library"},
		{"github.com/remyoudompheng/bigfft", "needed by that library"},
		{"golang.org/x/sys", "needed by that library"},
	}
}

// appWorldBans hold for our own files; the SQLite driver and the standard
// library use these packages inside.
func appWorldBans() []line {
	return []line{
		{"unsafe", "turns any memory into any type"},
		{"os/exec", "the app world starts nothing"},
		{"C", "C code can reach any memory of the process"},
	}
}

func noC() []line {
	return []line{{"C", "C code can reach any memory of the process"}}
}

func scopeWorlds() []scope.World {
	return []scope.World{
		{Name: "terminal", Dirs: []string{"terminal/..."}, Banned: appWorldBans()},
		{Name: "web", Dirs: []string{"web/..."}, Banned: appWorldBans()},
		{Name: "reader", Dirs: []string{"reader/..."}, Banned: noC()},
		{Name: "pinpad", Dirs: []string{"pinpad/..."}, Banned: noC()},
		{Name: "boot", Dirs: []string{"secureworld", "secureworld/internal/...", "secureworld/guest"}, Banned: noC()},
		{Name: "kernel", Dirs: []string{"secureworld/kernel/..."},
			Banned: append(noC(), line{"os/exec", "only boot starts programs"})},
		{Name: "application", Dirs: []string{"secureworld/ta/...", "secureworld/tasdk/..."},
			Banned: append(noC(), line{"os/exec", "an application computes, nothing else"})},
		{Name: "doors", Dirs: []string{"secureworld/mailbox/...", "secureworld/sred/...", "secureworld/pinentry",
			"secureworld/frame", "secureworld/orderauth", "secureworld/payment", "secureworld/attestation", "secureworld/licensing", "secureworld/control", "secureworld/keyregistry"}, Banned: noC()},
		{Name: "cryptography", Dirs: []string{"secureworld/cmac", "secureworld/dukpt/...", "secureworld/keyblock", "secureworld/remoteload/...",
			"secureworld/pinblock", "secureworld/sensitive/...", "secureworld/tlv", "secureworld/oda"}, Banned: noC()},
		{Name: "provisioning", Dirs: []string{"secureworld/provisioning/..."}, Banned: noC()},
		{Name: "token", Dirs: []string{"secureworld/pkcs11signer"}},
		{Name: "tpm", Dirs: []string{"secureworld/tpm/..."}, Banned: noC()},
		{Name: "acquirer", Dirs: []string{"acquirer/..."}, Banned: noC()},
		{Name: "operator", Dirs: []string{".", "internal/...", "packaging/..."}, Banned: noC()},
		{Name: "tests", Dirs: []string{"tests/..."}},
	}
}

// scopeDoors says which worlds may import each exported package: the doors
// first, then the cores, then what several worlds need.
func scopeDoors() []scope.Door {
	return []scope.Door{
		{Package: "secureworld/mailbox", Importers: []line{
			{"terminal", "calls through it"},
			{"kernel", "answers through it"},
			{"tests", "holds its fields to closed types"},
		}},
		{Package: "secureworld/mailbox/ring", Importers: []line{
			{"doors", "the mailbox's way over to it"},
			{"boot", "makes the memory"},
			{"kernel", "answers there"},
		}},
		{Package: "secureworld/sred", Importers: []line{
			{"reader", "seals into it"},
			{"kernel", "opens from it"},
			{"tests", "the benchmark stands in for a reader"},
		}},
		{Package: "secureworld/sred/contents", Importers: []line{
			{"doors", "the size of an envelope"},
			{"reader", "lays out what it seals"},
			{"application", "reads what the reader sealed"},
			{"tests", "the bench's reader"},
		}},
		{Package: "secureworld/pinentry", Importers: []line{
			{"pinpad", "answers orders through it"},
			{"kernel", "orders through it"},
			{"tests", "the benchmark stands in for a PIN pad"},
		}},
		{Package: "secureworld/attestation", Importers: []line{
			{"kernel", "reports what this device is"},
			{"acquirer", "verifies it at a sign-on"},
			{"tpm", "makes the quotes behind it"},
			{"terminal", "shows what it passes on"},
			{"operator", "verifies it for people, and certifies the key"},
			{"tests", "verify and forge reports"},
		}},
		{Package: "secureworld/remoteload", Importers: []line{
			{"kernel", "opens key tokens"},
			{"operator", "joins deliveries, and certifies keys for them"},
		}},
		{Package: "secureworld/remoteload/distribution", Importers: []line{
			{"operator", "makes key tokens, as the acquirer"},
		}},
		{Package: "secureworld/licensing", Importers: []line{
			{"kernel", "proves its licence"},
			{"application", "checks its kernel's"},
			{"tests", "check it as a server does"},
		}},
		{Package: "secureworld/control", Importers: []line{
			{"boot", "answers through it"},
			{"operator", "updates through it"},
			{"tests", "take a device for tampered with"},
			{"tests", "installs applications on a running lane"},
		}},
		{Package: "secureworld/frame", Importers: []line{
			{"doors", "the three doors share one framing"},
			{"terminal", "its tests' stand-in for the secure world"},
			{"reader", "reads and writes frames"},
			{"pinpad", "reads and writes frames"},
			{"kernel", "reads and writes frames"},
			{"provisioning", "a device's end of its door, and its state file"},
			{"application", "lays the calls' fields out in bytes"},
			{"element", "the framing of its own door"},
			{"overseer", "the framing of its own door"},
			{"client", "asks in it"},
			{"bus", "the bodies of messages"},
			{"operator", "asks an MCU for its picture"},
			{"token", "the framing of the operator's questions"},
			{"tests", "the benchmark stands in for both devices"},
		}},
		{Package: "secureworld/orderauth", Importers: []line{
			{"doors", "orders to both devices are authenticated alike"},
			{"reader", "checks orders"},
			{"pinpad", "checks orders"},
			{"kernel", "authenticates orders"},
			{"provisioning", "a device's end of its door"},
			{"tests", "the benchmark stands in for both devices"},
		}},
		{Package: "secureworld/keyregistry", Importers: []line{
			{"terminal", "names the keys that are listed"},
			{"kernel", "numbers the keys that it lists"},
			{"operator", "tells the seven stages of each key"},
			{"tests", "hold the list through the real door to it"},
		}},
		{Package: "secureworld/payment", Importers: []line{
			{"terminal", "app-safe vocabulary"},
			{"doors", "the only types that cross the mailbox"},
			{"reader", "shows amount and currency"},
			{"pinpad", "shows amount and currency"},
			{"kernel", "answers in it"},
			{"application", "gives token and masked number away"},
			{"tests", "the benchmark asks for payments as the app world does"},
		}},
		{Package: "acquirer/hostspec", Importers: []line{
			{"kernel", "field lengths for the host link"},
			{"application", "builds host messages"},
			{"acquirer", "reads host messages"},
			{"tests", "the plain control terminal speaks to the same host"},
		}},
		{Package: "acquirer/hostspec/codec", Importers: []line{
			{"application", "builds and reads host messages"},
			{"acquirer", "reads and builds host messages"},
			{"tests", "the plain control terminal speaks to the same host"},
		}},
		{Package: "acquirer/hostspec/profile", Importers: []line{
			{"acquirer", "checks another acquirer's dialect, and speaks it upstream"},
		}},
		{Package: "acquirer/hostspec/hostframe", Importers: []line{
			{"kernel", "frames of the host link"},
			{"acquirer", "frames of the host link"},
			{"tests", "the plain control terminal speaks to the same host"},
		}},
		{Package: "secureworld/dukpt", Importers: []line{
			{"doors", "an envelope names its key serial number"},
			{"cryptography", "the receiver derives with it"},
			{"reader", "seals"},
			{"pinpad", "encrypts PIN blocks"},
			{"kernel", "seals for the acquirer"},
			{"element", "derives a terminal's keys"},
			{"acquirer", "knows key serial numbers"},
			{"provisioning", "a device keeps its DUKPT state"},
			{"operator", "key types of a demo's initial keys"},
			{"tests", "the plain control terminal and the benchmark"},
		}},
		{Package: "secureworld/dukpt/receiver", Importers: []line{
			{"kernel", "opens envelopes of the reader"},
			{"element", "opens what terminals and PIN pads sealed"},
			{"operator", "derives a demo's initial keys"},
			{"tests", "keys of a second terminal, and a benchmark"},
			{"acquirer", "its tests' terminal checks answers"},
		}},
		{Package: "secureworld/cmac", Importers: []line{
			{"doors", "orders carry one"},
			{"cryptography", "key derivation and key blocks"},
			{"kernel", "authenticates orders and the log"},
			{"element", "authenticates host messages"},
			{"acquirer", "authenticates host messages"},
			{"operator", "derives a device's firmware root key from the customer's"},
			{"tests", "the plain control terminal"},
		}},
		{Package: "secureworld/keyblock", Importers: []line{
			{"kernel", "loads keys"},
			{"element", "loads keys"},
			{"native", "the make on a token has it unwrap them"},
			{"acquirer", "sends keys"},
			{"provisioning", "writes key files"},
			{"operator", "wraps a demo's keys"},
			{"tests", "the scraper must know the keys that it looks for"},
		}},
		{Package: "secureworld/pinblock", Importers: []line{
			{"pinpad", "makes the block"},
			{"element", "translates the block"},
			{"native", "translates the block where a token cannot"},
			{"acquirer", "the issuer stand-in checks the PIN in its element"},
			{"tests", "the plain control terminal and the benchmark"},
		}},
		{Package: "secureworld/tlv", Importers: []line{
			{"reader", "EMV data objects"},
			{"application", "what the reader sealed"},
			{"acquirer", "DE 55"},
			{"operator", "the simulated card's data objects"},
			{"tests", "the plain control terminal"},
		}},
		{Package: "secureworld/oda", Importers: []line{
			{"reader", "offline data authentication"},
			{"application", "whose key a PIN would be enciphered with"},
			{"pinpad", "the form of that key"},
			{"kernel", "certification authority keys of the signed parameters"},
			{"provisioning", "refuses keys that are none"},
			{"tests", "the benchmark's cards sign with certified keys"},
		}},
		{Package: "secureworld/sensitive", Importers: []line{
			{"element", "keys"},
			{"acquirer", "account data between its element and its issuer"},
			{"reader", "what comes from a stripe"},
		}},
		{Package: "secureworld/sensitive/schedule", Importers: []line{
			{"cryptography", "expanded keys in memory of the caller's choice"},
			{"doors", "envelopes are sealed in place"},
			{"kernel", "expanded keys in secret memory"},
			{"pinpad", "the expanded PIN key, erased with the PIN"},
			{"provisioning", "a device's order key"},
			{"element", "expanded keys in memory of its choice"},
			{"operator", "expands a demo's PIN verification key"},
			{"tests", "the benchmark stands in for a PIN pad"},
		}},
		{Package: "secureworld/provisioning", Importers: []line{
			{"kernel", "reads keys and licences"},
			{"operator", "makes them for a demo"},
			{"provisioning", "a device takes its keys over"},
			{"tests", "the scraper and the benchmark provision a lane"},
		}},
		{Package: "secureworld/provisioning/signing", Importers: []line{
			{"operator", "signs a demo's releases"},
			{"tests", "stands in for a manufacturer"},
		}},
		{Package: "secureworld/provisioning/token", Importers: []line{
			{"operator", "signs with keys in a PKCS#11 token"},
			{"provisioning", "its tests make tokens"},
		}},
		{Package: "secureworld/provisioning/token/wire", Importers: []line{
			{"provisioning", "asks"},
			{"token", "answers"},
		}},
		{Package: "secureworld/provisioning/parameters", Importers: []line{
			{"boot", "verifies the document before it hands it over"},
			{"kernel", "obeys its part and hands the reader's on"},
			{"operator", "writes a demo's"},
			{"reader", "reads its part of the document"},
			{"provisioning", "signs the document"},
		}},
		{Package: "secureworld/provisioning/storagereset", Importers: []line{
			{"boot", "verifies the paper"},
			{"provisioning", "signs the paper"},
			{"tests", "asks for one as a customer does"},
			{"operator", "a customer signs the paper"},
		}},
		{Package: "secureworld/provisioning/revocation", Importers: []line{
			{"kernel", "asks it of reader and PIN pad"},
			{"acquirer", "asks it of terminals"},
		}},
		{Package: "secureworld/provisioning/device", Importers: []line{
			{"reader", "the device's end of its door"},
			{"pinpad", "the device's end of its door"},
			{"tests", "stands in for a device"},
		}},
		{Package: "secureworld/tasdk/crypto"}, // no application asks for cryptography yet; the kernel's tests do
		{Package: "secureworld/tasdk/crypto/call", Importers: []line{
			{"tests", "a hostile application asks for keys in its form"},
			{"kernel", "answers the cryptographic calls"},
			{"application", "asks them"},
		}},
		{Package: "secureworld/tasdk/storage", Importers: []line{
			{"application", "keeps what is its own"},
		}},
		{Package: "secureworld/tasdk/storage/call", Importers: []line{
			{"kernel", "answers the storage's calls"},
			{"application", "asks them"},
		}},
		{Package: "secureworld/tasdk/card", Importers: []line{
			{"kernel", "tells applications of payments"},
			{"application", "is told of payments"},
		}},
		{Package: "secureworld/ta/loyalty/call", Importers: []line{
			{"application", "answers these calls"},
			{"tests", "asks for points as the app world does"},
		}},
		{Package: "secureworld/ta/loyalty/points", Importers: []line{
			{"application", "the application's main runs it"},
		}},
		{Package: "secureworld/tasdk", Importers: []line{
			{"element", "the interface of applets' modules"},
			{"applet", "an applet is asked as an application is"},
			{"application", "its calls into the kernel"},
			{"kernel", "the numbers of these calls"},
		}},
		// The one that is not exported: nobody else may ever name it.
		{Package: "secureworld/ta/payment/internal/account", Importers: []line{
			{"application", "clear account data lie here and nowhere else"},
		}},
		{Package: "secureworld/ta/payment/call", Importers: []line{
			{"application", "answers these calls"},
			{"kernel", "makes these calls; they carry sealed data and masked results"},
			{"tests", "the simulation makes them in the kernel's place"},
		}},
		{Package: "secureworld/ta/payment/app", Importers: []line{
			{"application", "the application's main runs it"},
			{"tests", "the simulation runs it, built natively"},
		}},
		{Package: "secureworld/kernel/journal", Importers: []line{
			{"kernel", "its append-only log"},
			{"tests", "the simulation tears and loses what it writes"},
		}},
		{Package: "secureworld/kernel/transaction", Importers: []line{
			{"kernel", "the step function of a payment"},
			{"tests", "the simulation steps it"},
		}},
		{Package: "reader/emv", Importers: []line{
			{"reader", "the transaction at the card"},
			{"tests", "the plain control terminal runs the same kernel"},
		}},
		{Package: "reader/emv/contactless", Importers: []line{
			{"reader", "what Entry Point and kernels say to each other"},
			{"tests", "the benchmark of the kernels"},
		}},
		{Package: "reader/emv/contactless/entrypoint", Importers: []line{
			{"reader", "selection of a contactless application and its kernel"},
			{"tests", "the benchmark of the kernels"},
		}},
		{Package: "reader/emv/contactless/kernel2", Importers: []line{
			{"reader", "contactless Mastercard cards"},
			{"tests", "the benchmark of the kernels"},
		}},
		{Package: "reader/emv/contactless/kernel3", Importers: []line{
			{"reader", "contactless Visa cards"},
			{"tests", "the benchmark of the kernels"},
		}},
		{Package: "reader/emv/contactless/kernel4", Importers: []line{
			{"reader", "contactless American Express cards"},
		}},
		{Package: "reader/iso7816", Importers: []line{
			{"reader", "the connection to a card"},
			{"operator", "the simulated card answers on it"},
			{"tests", "the plain control terminal takes the card the same way"},
		}},
		{Package: "terminal/sale", Importers: []line{
			{"terminal", "the core of the app world"},
			{"tests", "the simulation drives it"},
		}},
		{Package: "acquirer/host", Importers: []line{
			{"acquirer", "the core of the host"},
			{"tests", "the simulation asks it"},
		}},
		{Package: "acquirer/provisioning", Importers: []line{
			{"acquirer", "reads its terminals and cards"},
			{"operator", "writes them for a demo"},
			{"tests", "gives an acquirer cards and terminals of their own"},
		}},
		{Package: "internal/plain/door", Importers: []line{
			{"operator", "drives the plain control terminal for the scope evidence"},
			{"tests", "who drives the plain control terminal"},
		}},
		{Package: "web", Importers: []line{{"terminal", "serves the merchant's page"}}},
	}
}
