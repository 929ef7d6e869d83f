// Package metrics counts what happens in the terminal and says it in Prometheus'
// text format (version 0.0.4) on a listener of its own, on loopback.
//
// The format is written by hand: the usual client library links expvar, which
// publishes the command line, and the small one writes histograms that Prometheus
// does not understand.
//
// Labels are closed words of the product: outcomes, routes, states. None comes from
// what somebody sent, and none from a card: a value that is no such word is written as
// "other", and a metric has room for few series.
//
// Only the terminal imports it. It must never hold account data, a token or an
// identifier of a payment.
package metrics
