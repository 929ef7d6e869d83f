// Package payment is the vocabulary of a payment that is safe in the app
// world: amounts, currencies, tokens, masked card numbers, trace numbers and
// outcomes.
//
// Every type here is closed: its values are bounded numbers or fixed bytes with
// a Valid method, and none of them has room for a primary account number that
// was not put there by its one constructor. What crosses the mailbox consists
// of these types, numbers and booleans only, and a test says so.
//
// Anyone may import it. It must never hold account data, a PIN or a key.
package payment
