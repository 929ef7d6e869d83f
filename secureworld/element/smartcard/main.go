// Command smartcard is the secure element that is a smart card in a PC/SC reader:
// it passes the questions that come to its door on to the applet of package apdu,
// and what it offers is what the applet offers.
//
//	smartcard -socket PATH -reader NAME [-keys FILE] [-member FOLDER]
//
// The keys are in the card. The blocks of -keys are loaded into it at the start as
// they are, since the card has the key that protects them; a card that was
// personalised elsewhere needs none, and this process never has a key. What passes
// through its memory is what crosses the door: account data, and PIN blocks under
// keys of the card.
//
// The card is used exclusively, so nothing comes between the parts of a question.
// Pulled, it makes every question element.CodeUnavailable until it is back: each
// question tries. Any fault ends the card session, since after a fast swap the old
// handle speaks to the new card; a card is left as it is, never reset, because a
// reset of one that was just pulled hides the next (SELECT begins the applet anew
// instead). A mute card holds one thread until it leaves.
//
// BUG(smartcard): a card that is exchanged for one without keys is not loaded; it
// answers that it has no key until this program is started again.
//
// It links C (libpcsclite), which is why it is a program of its own.
package main

import (
	"errors"
	"flag"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/program"
)

func main() {
	var reader string
	program.Main(program.Make{
		Name: "smartcard",
		// What every applet must offer; the card's own verbs count.
		Verbs:     1 << element.KindStatus,
		Elsewhere: true,
		Flags: func(f *flag.FlagSet) {
			f.StringVar(&reader, "reader", "", "`name` of the PC/SC reader with the card")
		},
		Open: func(file element.KeyFile, _ []byte) (element.Operations, func(), error) {
			if reader == "" {
				return nil, nil, errors.New("-reader is needed")
			}
			return open(newSlot(reader), file)
		},
	})
}
