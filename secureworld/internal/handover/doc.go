// Package handover is the door between boot and the kernel: a SOCK_SEQPACKET
// pair, whose kernel end is descriptor 3 at start. Boot stands outside the
// sandbox: it accepts, measures, dials, and passes open sockets in.
//
// One packet is one message. Numbers are big endian. Where fd is written, the
// packet carries exactly one descriptor (SCM_RIGHTS), elsewhere none.
//
//	 0         1       2
//	+---------+-------+----------------------------
//	| version | type  | fields of that type, fixed
//	|   0x01  |       |
//	+---------+-------+----------------------------
//
//	type  name         fields                                             fd
//	boot → kernel
//	0x01  confine      uid(4) gid(4) flags(1)
//	0x02  application  name(32, zeros behind) sha256(32) grant(23)        sealed memory file
//	0x03  licence                                                         sealed memory file
//	0x04  config                                                          sealed memory file
//	0x05  parameters                                                      sealed memory file
//	0x06  remove       name(32, zeros behind)
//	0x07  device part  part(1) digest(32)
//	0x08  storage      anchor(8) reset(8)
//	0x09  compiled     sha256(32)                                         sealed memory file
//	0x0a  guard        protection(1) flags(1)                             sealed memory file
//	0x10  connected    door(1) flags(1) id(4) measurement(32)             socket
//	0x11  host failed  id(4) code(1)
//	0x12  health?      nonce(4)
//	0x13  stop
//	0x14  anchored     number(8)
//	0x15  measured     id(4) verdict(1) digest(32)
//	0x16  ring         id(4)                                              memory file
//	0x17  tamper       reason(1)
//	0x18  quoted                                                          sealed memory file
//	0x19  challenge
//	0x1a  key token                                                       sealed memory file
//	kernel → boot
//	0x81  ready        layers in force(4) layers missing(4)
//	0x82  healthy      nonce(4)
//	0x83  dial         id(4)
//	0x84  log          event(2) value(4)
//	0x85  denials      tried(4) denied(4)
//	0x86  applied      name(32, zeros behind) code(1)
//	0x87  anchor       number(8)
//	0x88  closed       id(4)
//	0x89  licensed     code(1)
//	0x8A  quote?       digest(32)
//	0x8b  challenged   code(1) random(16)
//	0x8c  key loaded   code(1)
//	0x8d  keep         sha256(32)                                         sealed memory file
//
// The grant is that of package entitlement: what the verified manifest of the
// application permits. confine flags: 1 user namespace, 2 forbidden system calls kill, 4 self-test:
// this start only proves the denials and ends. connected flags: 1 measured; the
// measurement is zero without it. door: 1 mailbox, 2 sred, 3 pinentry, 4 host
// (id is then the dial's). Layers are bits 1<<n of sandbox.Layer n, denials bits
// 1<<n of sandbox.Denial n. Log events are codes of this package; a message has
// no room for text.
//
// Permit table; both ends hold it, and either ends the session on a breach:
//
//	state         boot may send                            kernel may send
//	confining     confine → provisioning                   log
//	provisioning  application (8 at most), licence,        log
//	              remove (64 at most)
//	              parameters, device part, storage,
//	              guard (2 at most)
//	              tamper, compiled (once each)
//	              config → starting
//	starting      health?, stop, anchored                  log, healthy, denials, anchor,
//	                                                       keep (once, before anchor),
//	                                                       ready → serving
//	serving       connected, host failed, health?, stop,   log, healthy, dial, anchor
//	              anchored, measured, ring, quoted         closed, quote?
//	              (quoted: once, after quote?)             (quote?: one at a time)
//	              application, remove, licence             applied, applied, licensed
//	              challenge, key token                     challenged, key loaded
//	              (one at a time)                          (once, after it)
//
// Tamper tells that the device was tampered with: before the configuration, that it
// was and stays so; later, that it is now. It may come in every state but the first.
//
// Before the configuration, remove names an application that was removed and whose
// data are not kept: the kernel erases what is left of them.
//
// In the state serving, application installs a module beside those that run, or
// puts it in the place of one of the same name, and remove ends one. The kernel
// answers each with applied; until then boot may send no other. Licence puts another
// one in the place of that in force, and is answered with licensed. The answer's code
// is an Outcome.
//
// Challenge asks for the random number of the next key token (package remoteload), and
// key token brings a delivery of the acquirer's key distribution host. Boot carries both
// and reads neither; the random number is zero where the code is not done.
//
// Anchor is the number of the storage's root record, which boot keeps outside the
// storage: it answers anchored when the number is durable, and never lets it go
// down. Storage tells the number at the start; its reset is zero, or the number at
// which an authorised paper lets the storage begin anew. Device part is a digest of
// package fingerprint; an absent part is not sent.
//
// Guard brings the secret that protects the storage's root besides this device (package
// kernel/internal/deviceroot): protection 1 is a passphrase of 1 to 256 bytes and a line
// feed, which is not part of it, 2 are 32 bytes that a TPM unsealed. Flags: 1 it is the
// one before, which another takes the place of. The kernel copies it into secret memory;
// the memory file itself is ordinary memory while it is handed over. No log and no other
// message has room for it.
//
// Boot goes on measuring a peer that it measured when it connected, and tells each
// result by measured with the connection's id, until the kernel tells by closed that
// the connection has ended. What to do with a changed one is the kernel's decision.
//
// Quote asks for the quote of a TPM over a digest, and quoted brings it, as package
// attestation draws it; empty where there is no TPM that would give one.
//
// Keep brings the machine code that the kernel made of its applications (its package
// compiled), and compiled hands it to the next kernel of the same program, for as long
// as boot runs. Boot looks at seals and size alone. The kernel sends it before its
// sandbox closes, so before it has read anything but what boot verified; a second one,
// or one after a change of the storage, ends the session. The digest is compared before
// a byte of it becomes code.
//
// Ring brings memory that both worlds may write, sealed in its size alone (package
// mailbox/ring), for the mailbox connection with that id, which is connected next.
// What comes for no such connection is dropped.
//
// Storage does not come as a descriptor. A directory descriptor from outside
// belongs to the outside's mount, and openat(fd, "..") would walk out of the
// sandbox. The kernel is started with its storage as working directory and makes
// that its root.
//
// Boot and the kernel import this package.
package handover
