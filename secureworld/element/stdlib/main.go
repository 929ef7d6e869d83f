// Command stdlib is the secure element that is written on Go's standard library:
// one make of several, behind the door that package element draws. With -applets it
// runs applets too (package applet), for developers whom the operator certified.
//
// It may hold: the acquirer's base derivation keys, the zone PIN key, the
// issuer's keys, and for the time of one operation a PIN. It must never give one
// of them out, write a file, or speak to anything but its socket. It is
// software, not a certified hardware security module.
package main

import (
	"flag"

	"github.com/strongroom-pos/strongroom/secureworld/element/program"
)

func main() {
	var o options
	program.Main(program.Make{
		Name: "stdlib", Verbs: program.AllVerbs, Open: o.open,
		Flags: func(f *flag.FlagSet) {
			f.StringVar(&o.authority, "applets", "", "public key of the operator's applet authority, PEM `file`; empty: no applets")
		},
	})
}
