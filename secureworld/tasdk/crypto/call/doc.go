// Package call draws the host functions 64 to 99, with which a trusted
// application asks the kernel for cryptographic services. Package tasdk/crypto
// speaks it, and the kernel answers it.
//
// The request and the answer lie in the application's memory (package tasdk,
// sr_host). Numbers are big endian.
//
//	request   byte 0-3  handle of a key; for Random the number of bytes
//	          byte 4    Algorithm: of the key to be made, or of the operation
//	          byte 5    Usage of the key to be made
//	          byte 6    flags: 01 persistent, 02 trusted
//	          byte 7    zero
//	          then parts, each 2 bytes of length and the bytes
//
//	fn                     parts                          answer
//	64  Generate           label                          handle (4)
//	65  Import             label, secret                  handle (4)
//	66  Find               label                          handle (4)
//	67  Describe           none                           Algorithm, Usage, flags, label
//	68  List               none                           handles (4 each)
//	69  Delete             none                           empty
//	70  Certificate        none                           X.509, DER
//	71  Seal               plaintext, extra               sealed
//	72  Open               sealed, extra                  plaintext
//	73  Sign               message                        signature
//	74  Verify             message, signature             empty
//	75  MAC                message                        tag
//	76  VerifyMAC          message, tag                   empty
//	77  Decrypt            ciphertext, extra              plaintext
//	78  Agree              certificate, salt, info        handle (4)
//	79  Derive             salt, info                     handle (4)
//	80  Encapsulate        certificate, salt, info        handle (4), ciphertext
//	81  Decapsulate        ciphertext, salt, info         handle (4)
//	82  VerifyWith         certificate, message, sig.     empty
//	83  EncryptWith        certificate, plaintext, extra  ciphertext
//	84  PutCertificate     name, DER                      empty
//	85  GetCertificate     name                           DER
//	86  DeleteCertificate  name                           empty
//	87  PutData            name, value                    empty
//	88  GetData            name                           value
//	89  DeleteData         name                           empty
//	90  Random             none                           bytes
//	91  Hash               message                        digest
//	92  Report             none                           3 bytes for each algorithm
//
// Certificates are named by the name under which they were put. No function
// answers with a secret key, and there is none that wraps one.
//
// Trusted applications and the kernel import it. It must never hold a key.
package call
