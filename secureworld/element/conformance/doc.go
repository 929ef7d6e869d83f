// Package conformance asks elements of several makes the same questions and
// compares their answers, byte for byte, refusals included: published cases, and
// random questions of every verb, right ones and broken ones.
//
// Tests of makes and of groups import it, nothing else may. It holds keys of its
// own invention and of published vectors only.
package conformance
