// Package applet is what a run-time applet of a secure element is: its manifest, the
// package in which it travels, and whose signature it needs. An applet is a WebAssembly
// module of a developer whom the operator certified; elements that can run it offer four
// verbs beside the fixed ones (package element, 1C to 1F). It reads its input, asks the
// element for cryptography under keys of its own, and answers.
//
// # Package
//
//	0        1           3                 3+n
//	+--------+-----------+-----------------+---------------------+
//	| 01     | length(2) | manifest, n     | module, to the end  |
//	+--------+-----------+-----------------+---------------------+
//
// The manifest is a signed document (canonical JSON on one line, Ed25519, package
// certificate below secureworld/internal) of purpose "applet" and role "applet":
//
//	{"body":{"name":"…","developer":"…","version":3,"minimum":2,"module":"<SHA-256, hex>",
//	 "functions":["hmac"],"pages":64,"fuel":20000000},"certificate":{…},"signature":"…"}
//
// The certificate names the developer, and the applets that he may sign; it is signed by
// the operator's applet authority, an Ed25519 key that every element of the operator has
// as a file. A package has one encoding, and the SHA-256 of it names it everywhere.
//
// # States of a package in an element
//
//	            LoadApplet        AdmitApplet           RunApplet        UnloadApplet
//	absent      becomes partial   not loaded            not loaded       done
//	partial     a piece more      not loaded, until it  not loaded       becomes absent
//	                              is whole; admitted,
//	                              or refused: as it was
//	admitted    done              done                  answers          becomes absent
//
// Everything is in memory. At most MaxPartial packages are partial: one more pushes out
// the one that got no piece for longest. At most MaxAdmitted are admitted: one more is
// not loaded, until another goes. One applet, by developer and name, is admitted in one
// version: a higher one takes its place, a lower one is refused, and after UnloadApplet
// one below the highest "minimum" that was admitted still is. A restart forgets that
// too: an old version for good is ended by its certificate's end, or by another
// authority. The time for certificates is the asker's, since elements have no clock and
// must agree.
//
// An AdmitApplet that overtakes the last pieces is remembered and made good when they
// come: of the members of a group, the slower ones get them while the client goes on.
//
// Every request may be repeated. What is missing is "not loaded", which a member of a
// group tells outside of its answer, as a device that is away: members that missed a
// piece, or were started anew, are not taken for liars, and who asks loads it again.
//
// # A run
//
// Each RunApplet has an instance of its own, and nothing stays of it: no answer depends
// on another question. There is no clock, no file, no network; what is random comes from
// the question's Chance. A run ends when it has used its fuel, which counts instructions
// (package metered), and traps in the same place in every member. All failures of a run
// are one code. So members answer alike, or not at all.
//
// The ABI is that of package tasdk: exports sr_buffer, sr_call and _initialize, one
// import sr_host; package sdk has the functions for Go. What Go's runtime imports beyond
// is answered by constants.
//
//	function   gives
//	hmac       HMAC-SHA-256 under a labelled key
//	cmac       AES-256-CMAC under a labelled key
//	seal       AES-SIV under a labelled key, and its opposite
//	chance     bytes from the question's Chance
//
// # Keys
//
// An applet never has a key: it names a label. Each key is
//
//	root of applet = KDF(applet.root, "strongroom applet 1", length ‖ developer ‖ length ‖ name)
//	key            = KDF(root of applet, "strongroom applet hmac 1" | … cmac … | … seal …, label)
//
// with KDF of SP 800-108 over AES-256-CMAC. No applet can name another's keys or those
// of payments, and one label under two functions is two keys. All versions of an applet
// have the same keys, as have all members of a group whose applet.root is the same.
//
// # Who has to be trusted
//
// The sandbox is the element's own process. A developer is held by the interpreter and
// by what it may import, the operator answers for whom he certifies.
//
// BUG(applet): the bits of a NaN may differ between processors of different
// architecture, so an applet that shows them is answered by no group of such members.
//
// Elements that run applets import it, and who signs and loads them. It holds no
// element's key.
package applet
