package tests

import "github.com/strongroom-pos/strongroom/tests/internal/scope"

// The elements' part of the law of the layout: a make links no other make, and an MCU
// nothing that could open what it carries.

// elementPrograms are the makes, and who oversees them.
func elementPrograms() []scope.Program {
	return []scope.Program{
		withModule(elementMake("stdlib", false, []line{
			{"secureworld/element/stdlib/...", "its own engine"},
			{"secureworld/element/applet", "applets that come at run time"},
			{"secureworld/element/applet/call", "what applets ask"},
			{"secureworld/internal/certificate", "who may sign applets"},
			{"secureworld/tasdk", "the interface of applets' modules"},
			{"secureworld/element/cvv", "card verification values"},
			{"secureworld/element/ibm3624", "PIN verification"},
			{"secureworld/dukpt/...", "derives a terminal's keys"},
			{"secureworld/keyblock", "keys come as key blocks only"},
			{"secureworld/cmac", "key blocks and key derivation"},
			{"secureworld/pinblock", "PINs are translated here"},
		}), line{"github.com/tetratelabs/wazero", "interprets applets"}),
		appletProgram("reference"),
		elementMake("gcrypt", true, []line{
			{"secureworld/element/gcrypt/...", "its own engine, on libgcrypt"},
			{"secureworld/element/internal/native", "the payment layer in C, of none of Go's"},
		}),
		elementMake("nettle", true, []line{
			{"secureworld/element/nettle/...", "its own engine, on nettle"},
			{"secureworld/element/internal/native", "the payment layer in C, of none of Go's"},
		}),
		withModule(elementMake("pkcs11", true, []line{
			{"secureworld/keyblock", "keys come as key blocks only"},
			{"secureworld/cmac", "key blocks are bound by it"},
			{"secureworld/pinblock", "a token knows no PIN blocks"},
		}), line{"github.com/miekg/pkcs11", "the interface of a token's library"}),
		withModule(elementMake("smartcard", true, []line{
			{"secureworld/element/apdu", "the language on its way to a card"},
		}), line{"github.com/ebfe/scard", "PC/SC"}),
		mcuProgram(), hubProgram(), auditorProgram(),
	}
}

// appletProgram is what an applet links: no more than its element gives it.
func appletProgram(name string) scope.Program {
	return scope.Program{
		Name: "secureworld-element-applets-" + name, Dir: "secureworld/element/applets/" + name, GOOS: "wasip1", GOARCH: "wasm",
		Own: []line{
			{"secureworld/element/applets/" + name + "/...", "what it does"},
			{"secureworld/element/applet/sdk", "how it asks its element"},
			{"secureworld/element/applet/call", "the form of what it asks"},
			{"secureworld/tasdk", "how it is asked"},
		},
		Forbidden: []line{
			noCGO, noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL,
			{"os", "an applet has no files"}, {"net", "an applet has no network"},
		},
	}
}

// mcuProgram links nothing that could open what it carries: no group, no channel, no
// siv, no identity.
func mcuProgram() scope.Program {
	return scope.Program{
		Name: "secureworld-element-mcu", Dir: "secureworld/element/mcu",
		Own: []line{
			{"secureworld/element/overseer/...", "compares, releases and quarantines"},
			{"secureworld/element/group/door", "asks members through it"},
			{"secureworld/element/bus/...", "reaches clients at other sites"},
			{"secureworld/element", "sizes and numbers of the verbs"},
			{"secureworld/element/listener", "the sockets of its doors"},
			{"secureworld/element/wire", "frames over those sockets"},
			{"secureworld/frame", "the framing of its doors"},
		},
		Modules: append([]line{{"golang.org/x/sys", "no core, a private socket"}}, natsModules()...),
		// The bus's client speaks WebSocket too, hence net/http here.
		Forbidden: []line{noCGO, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

// hubProgram is NATS's own server within a program. What it carries is sealed between
// others, so it links what no program may that holds a key.
func hubProgram() scope.Program {
	return scope.Program{
		Name: "secureworld-element-bus-hub", Dir: "secureworld/element/bus/hub",
		Own: []line{
			{"secureworld/element/bus/...", "server, registry, and the view of all branches"},
			{"secureworld/element/group/door", "the groups' descriptions"},
			{"secureworld/element/overseer/door", "the groups' pictures"},
			{"secureworld/element", "sizes and numbers of the verbs"},
			{"secureworld/element/listener", "the sockets of its doors"},
			{"secureworld/frame", "the bodies of messages"},
		},
		Modules: append([]line{
			{"github.com/nats-io/nats-server/v2", "the bus itself"},
			{"github.com/nats-io/jwt/v2", "that server's users"},
			{"github.com/minio/highwayhash", "checksums of that server's store"},
			{"github.com/antithesishq/antithesis-sdk-go", "needed by that server; does nothing"},
			{"golang.org/x/sys", "a private socket"},
			{"golang.org/x/time", "that server's limits"},
		}, natsModules()...),
		// The server brings net/http, os/exec, expvar and pprof, and listens for none of them.
		Forbidden: []line{noCGO, noPlugin, noRPC, noSQL},
	}
}

// auditorProgram is a client of groups that asks what it knows.
func auditorProgram() scope.Program {
	return scope.Program{
		Name: "secureworld-element-auditor-command", Dir: "secureworld/element/auditor/command",
		Own: []line{
			{"secureworld/element/auditor/...", "compares what groups say"},
			{"secureworld/element/reach", "finds them"},
			{"secureworld/element/pool", "asks them as a client does"},
			{"secureworld/element/bus/...", "reaches those at other sites"},
			{"secureworld/element", "the operations that it asks for"},
			{"secureworld/element/listener", "linked by that package"},
			{"secureworld/element/wire", "frames over those sockets"},
			{"secureworld/element/group/...", "a client's end of a session, and the descriptions of groups"},
			{"secureworld/element/overseer/door", "the door of an MCU"},
			{"secureworld/element/identity", "who it is, and who they are"},
			{"secureworld/element/siv", "seals its questions"},
			{"secureworld/frame", "the framing of doors"},
			{"secureworld/sensitive/...", "keys that do not print"},
		},
		Modules: append([]line{{"golang.org/x/sys", "locked memory"}}, natsModules()...),
		// The bus's client speaks WebSocket too, hence net/http here.
		Forbidden: []line{noCGO, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
}

// natsModules are the bus's client and what it brings.
func natsModules() []line {
	return []line{
		{"github.com/nats-io/nats.go", "the bus between sites"},
		{"github.com/nats-io/nkeys", "who may use it"},
		{"github.com/nats-io/nuid", "needed by that library"},
		{"github.com/klauspost/compress", "needed by that library"},
		{"golang.org/x/crypto", "needed by that library"},
	}
}

func withModule(p scope.Program, module line) scope.Program {
	p.Modules = append(p.Modules, module)
	return p
}

// elementMake is what the program of every make links, and its own.
func elementMake(name string, cgo bool, own []line) scope.Program {
	p := scope.Program{
		Name: "secureworld-element-" + name, Dir: "secureworld/element/" + name, CGO: cgo,
		Own: append([]line{
			{"secureworld/element", "the operations that it offers, and the plain door"},
			{"secureworld/element/program", "flags, hardening and doors of every make"},
			{"secureworld/element/listener", "the sockets of its doors"},
			{"secureworld/element/wire", "frames over those sockets"},
			{"secureworld/element/group/...", "as member of a group"},
			{"secureworld/element/identity", "who it is, as member of a group"},
			{"secureworld/element/siv", "seals what it says in a group"},
			{"secureworld/frame", "the framing of its doors"},
			{"secureworld/sensitive/...", "keys that do not print"},
		}, own...),
		Modules:   []line{{"golang.org/x/sys", "locked memory, no core, whether the processor has AES"}},
		Forbidden: []line{noHTTP, noExec, noPlugin, noExpvar, noPprof, noRPC, noSQL},
	}
	if !cgo {
		p.Forbidden = append(p.Forbidden, noCGO)
	}
	return p
}

func elementWorlds() []scope.World {
	const in = "secureworld/element/"
	return []scope.World{
		{Name: "element", Dirs: []string{
			"secureworld/element", in + "cvv", in + "ibm3624", in + "stdlib/...", in + "program", in + "group/...", in + "identity/...",
			in + "siv", in + "conformance", in + "apdu", in + "listener", in + "wire", in + "applet", in + "applet/call",
		}, Banned: noC()},
		{Name: "applet", Dirs: []string{in + "applet/sdk", in + "applets/..."}, Banned: noC()},
		// C is what these are for: each is a process of its own.
		{Name: "native", Dirs: []string{in + "gcrypt/...", in + "nettle/...", in + "internal/native", in + "pkcs11", in + "smartcard"}},
		{Name: "client", Dirs: []string{in + "pool", in + "auditor/...", in + "reach"}, Banned: noC()},
		{Name: "overseer", Dirs: []string{in + "overseer/...", in + "mcu"}, Banned: noC()},
		{Name: "bus", Dirs: []string{in + "bus/..."}, Banned: noC()},
	}
}

func elementDoors() []scope.Door {
	return []scope.Door{
		{Package: "secureworld/element", Importers: []line{
			{"element", "each make offers these operations"},
			{"native", "each make offers these operations"},
			{"client", "asks in it, of whomever"},
			{"bus", "its tests' members answer in it"},
			{"acquirer", "calls its elements"},
			{"operator", "writes a demo element's key file, and is an element on a card"},
			{"tests", "the benchmark asks an element, the scraper opens its key file"},
		}},
		{Package: "secureworld/element/applet", Importers: []line{
			{"element", "verifies packages"},
			{"operator", "certifies developers, and signs and loads applets"},
			{"tests", "load applets into groups"},
		}},
		{Package: "secureworld/element/applet/call", Importers: []line{
			{"element", "answers applets"}, {"applet", "asks its element"},
		}},
		{Package: "secureworld/element/applet/sdk", Importers: []line{{"applet", "asks its element"}}},
		{Package: "secureworld/element/applets/reference/customer", Importers: []line{
			{"applet", "the applet's main runs it"},
			{"tests", "ask the example"},
		}},
		{Package: "secureworld/element/ibm3624", Importers: []line{
			{"element", "the issuer's PIN verification"},
			{"operator", "makes the PIN offsets of a demo's cards"},
		}},
		{Package: "secureworld/element/cvv", Importers: []line{
			{"element", "the issuer's card verification values"},
			{"operator", "makes the values of a demo's cards"},
		}},
		{Package: "secureworld/element/listener", Importers: []line{
			{"element", "its doors"}, {"overseer", "its door to clients"}, {"bus", "the view of all branches"},
		}},
		{Package: "secureworld/element/wire", Importers: []line{
			{"element", "a member's answers"}, {"overseer", "what it carries"}, {"client", "its questions"},
		}},
		{Package: "secureworld/element/program", Importers: []line{
			{"element", "the make in Go"}, {"native", "the makes in C and over standards"}, {"tests", "a make that lies"},
		}},
		{Package: "secureworld/element/stdlib/engine", Importers: []line{
			{"element", "its program"}, {"tests", "the benchmark of the makes"},
		}},
		{Package: "secureworld/element/gcrypt/engine", Importers: []line{
			{"native", "its program"}, {"tests", "the benchmark of the makes"},
		}},
		{Package: "secureworld/element/nettle/engine", Importers: []line{
			{"native", "its program"},
		}},
		{Package: "secureworld/element/siv", Importers: []line{{"element", "members seal what they say"}}},
		{Package: "secureworld/element/group", Importers: []line{
			{"element", "every make's program can be a member"}, {"tests", "members that lie, and members of a star"},
		}},
		{Package: "secureworld/element/pool", Importers: []line{
			{"client", "asks each group alone"}, {"acquirer", "asks groups"}, {"tests", "clients of groups"},
		}},
		{Package: "secureworld/element/auditor", Importers: []line{
			{"client", "its program, and who runs it beside a client"}, {"tests", "groups of which all members lie"},
		}},
		{Package: "secureworld/element/auditor/inspect", Importers: []line{
			{"client", "the auditor's program"}, {"acquirer", "has its answers checked"}, {"tests", "a client that does so"},
		}},
		{Package: "secureworld/element/reach", Importers: []line{
			{"client", "audits the groups that there are"}, {"acquirer", "asks the groups that there are"}, {"tests", "clients of a star"},
		}},
		{Package: "secureworld/element/group/channel", Importers: []line{
			{"element", "a member's end of a session"}, {"client", "the other end"},
		}},
		{Package: "secureworld/element/group/door", Importers: []line{
			{"element", "a member answers through it"},
			{"overseer", "the MCU asks through it"},
			{"client", "its questions, and the group that it verifies"},
			{"bus", "carries it between sites"},
			{"tests", "groups at several sites"},
		}},
		{Package: "secureworld/element/bus", Importers: []line{
			{"overseer", "an MCU is on it"}, {"client", "finds groups on it, and says which lies"},
			{"bus", "the centre that sees all branches"}, {"tests", "sites on one machine"},
		}},
		{Package: "secureworld/element/bus/subject", Importers: []line{
			{"overseer", "the name of its group"}, {"client", "who it is on the bus"}, {"acquirer", "who it is on the bus"},
			{"bus", "names of what is sent, and who may send it"}, {"tests", "sites on one machine"},
		}},
		{Package: "secureworld/element/bus/registry", Importers: []line{
			{"bus", "which groups there are"}, {"client", "which of them lies"}, {"tests", "sites on one machine"},
		}},
		{Package: "secureworld/element/bus/server", Importers: []line{{"bus", "its program"}, {"tests", "sites on one machine"}}},
		{Package: "secureworld/element/bus/central", Importers: []line{{"bus", "the server's program"}, {"tests", "sees all sites"}}},
		{Package: "secureworld/element/bus/bustest", Importers: []line{{"tests", "sites on one machine"}}},
		{Package: "secureworld/element/identity", Importers: []line{
			{"element", "members prove who they are"},
			{"client", "verifies members, and proves who it is"},
			{"acquirer", "reads its own"},
			{"tests", "members and clients of groups"},
		}},
		{Package: "secureworld/element/identity/authority", Importers: []line{
			{"operator", "certifies a demo's elements"}, {"tests", "certify elements of groups"},
		}},
		{Package: "secureworld/element/overseer", Importers: []line{{"overseer", "its program"}, {"tests", "MCUs of a star"}}},
		{Package: "secureworld/element/overseer/door", Importers: []line{
			{"overseer", "answers through it"},
			{"client", "asks through it"},
			{"bus", "carries it between sites"},
			{"operator", "looks at groups through it"},
			{"tests", "draw groups for the page"},
		}},
		{Package: "secureworld/element/apdu", Importers: []line{
			{"native", "the make on a card asks in it"},
			{"operator", "the simulated card answers in it"},
		}},
	}
}

// elementUnlinked are packages of the elements that no program links.
func elementUnlinked() []line {
	return []line{
		{"secureworld/element/conformance", "one question to every make, in tests"},
		{"internal/virtualcard/elementapplet", "an element on the simulated card, in tests"},
		{"secureworld/element/bus/bustest", "groups and clients for the bus's tests"},
	}
}
