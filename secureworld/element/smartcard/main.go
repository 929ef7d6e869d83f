// Command smartcard is the secure element that is a smart card in a PC/SC reader:
// it passes the questions that come to its door on to the applet of package apdu,
// and what it offers is what the applet offers. A card answers some tens of
// questions a second, so there may be several with the same keys, each in a reader
// of its own: they answer side by side, and for each other.
//
//	smartcard -socket PATH -reader NAME [-reader NAME]... [-keys FILE] [-member FOLDER]
//
// The keys are in the card. The blocks of -keys are loaded into it at the start as
// they are, since the card has the key that protects them; a card that was
// personalised elsewhere needs none, and this process never has a key. What passes
// through its memory is what crosses the door: account data, and PIN blocks under
// keys of the card.
//
// A card is used exclusively, so nothing comes between the parts of a question.
// Where all are pulled, every question is element.CodeUnavailable until one is
// back: each question tries. Any fault ends the card session, since after a fast swap the old
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
	var lines []line
	program.Main(program.Make{
		Name: "smartcard",
		// What every applet must offer; the card's own verbs count.
		Verbs:     1 << element.KindStatus,
		Elsewhere: true,
		Flags: func(f *flag.FlagSet) {
			f.Func("reader", "`name` of a PC/SC reader with a card; may be repeated", func(name string) error {
				lines = append(lines, newSlot(name))
				return nil
			})
		},
		Open: func(file element.KeyFile, _ []byte) (element.Operations, func(), error) {
			if len(lines) == 0 || len(lines) > maxReaders {
				return nil, nil, errors.New("-reader is needed, 16 times at most")
			}
			return open(lines, file)
		},
	})
}
