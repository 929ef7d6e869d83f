// Package apdu carries the language of package element to a card, as command and
// response APDUs of ISO/IEC 7816-4. It is both ends: a Client for the program in
// front of the reader, an Applet for the card.
//
//	CLA INS P1 P2  data            answer
//	00  A4  04 00  AID             Selected   selects the applet
//	80  verb p  n  part of a body  the body of the element's answer
//	80  D8  p  n   part of a Load  -          gives the card a key, as a key block
//	00  C0  00 00  -               the rest   GET RESPONSE
//
//	AID  F0 53 54 52 4F 4E 47 52 4F 4F 4D 01  proprietary, not registered
//
// The body is laid out as package frame does it, without a frame's header. A verb
// whose answer has something of chance (TranslatePIN, TranslatePINUnder, Derive) has the
// 32 bytes of element.Chance before its body: a card draws nothing by itself.
//
// A body of more than 255 bytes goes in parts of exactly 255, and a last one of
// 1 to 255. P1 is 00 with more to come and 80 with the last, P2 is the part's
// number from 0; this is GlobalPlatform's rule for STORE DATA, which says of each
// part which it is where ISO's chaining bit would not. A part that does not follow
// is answered 6985 and the whole body is forgotten. Extended length is refused,
// since readers and T=0 cannot all do it.
//
// Le stands in the last part only, and is 00. Without it (T=0 strips it) an answer
// waits and is announced, 61xx, for a GET RESPONSE of exactly that length; another
// length is answered 6Cxx. An answer of more than 256 bytes is announced so too.
// Every command but GET RESPONSE forgets what waits. So there is one encoding of
// every question, and one of every answer for each protocol.
//
//	9000  done        6A80  element.CodeMalformed   6700  length or Le
//	61xx  more waits  6A88  element.CodeKey         6A86  P1 or P2
//	6Cxx  wrong Le    6988  element.CodeSeal        6A82  no such applet
//	                  6982  element.CodePIN         6985  not selected, out of step
//	                  6984  element.CodeCryptogram  6D00  verb not offered
//	                  6F00  element.CodeInternal    6E00  another CLA
//
// States: nothing is permitted but SELECT until the applet is selected; then
// everything is at any time. A reset, and the selection of another applet, end
// it. Keys stay.
//
// A card's key block protection key is in it from its making, so Load is no
// question of who sends it. The verbs' programs import it, and cards for tests. It
// must never hold a key, and account data only as long as a question takes.
package apdu
