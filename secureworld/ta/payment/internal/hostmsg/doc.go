// Package hostmsg builds the messages of the host link that come from a payment
// (0200, 0420, 0421) or from the terminal (0800), and reads their answers (0210,
// 0430, 0810): ISO 8583:1987 as acquirer/hostspec describes it, packed by
// acquirer/hostspec/codec.
//
// A message is built without its MAC and with room for it; an answer is read
// only after the kernel has verified its MAC. Every error is a call.Code, and
// none carries a word of the codec's library, whose errors quote the message.
//
// Only the payment application imports it. It must never hold a PAN: account
// data come to it sealed, and DE 55 is made from an allow-list.
package hostmsg
