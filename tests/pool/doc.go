// Package pool tests groups of secure elements as processes: three makes, an MCU and a
// client, of which one at a time is a traitor. Whatever happens, no wrong answer is
// taken, no question is lost, and the traitor is named and left out.
//
// The times to detection are measured and printed as a table and as lines of JSON; only
// a generous bound is asserted.
package pool
