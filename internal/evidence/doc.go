// Package evidence is the scope report: what one run of a lane, of the plain control
// terminal and of a deliberately leaky program showed to scanners of every surface,
// put down so that somebody who trusts nobody can follow it. It has the report's data,
// the rules by which a result is passed, failed or inconclusive, one HTML page that
// needs nothing else, and a signature over both files.
//
// A result without its control is inconclusive, never passed. The report is of one run
// of a demo on one machine. It says on its first screen that this is no PCI-listed
// solution and that the secure world's host is a decryption point and in scope.
//
// The packages below it observe: trial makes the run, leak is the control, keyring
// knows what to look for, capture and wire see the lines, members opens compressed
// files. Package live shows it as it happens.
//
// The operator's command and tests import it. A report holds no account data, no PIN,
// no key and no path of a home.
package evidence
