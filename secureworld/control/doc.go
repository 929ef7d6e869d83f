// Package control is the door between the operator and boot: a SOCK_SEQPACKET
// socket that belongs to boot's user, mode 0600. The app world has no part in it.
// It tells how slots, versions and applications stand, and takes updates; what it
// takes is signed, so who can open the door can delay an update, or go back as far
// as the anti-rollback counter permits, and no more.
//
// One packet is one message, one request has one answer. Numbers are big endian.
// A file comes as a sealed memory file (SCM_RIGHTS), elsewhere there is none.
//
//	 0         1       2
//	+---------+-------+----------------------------
//	| version | type  | fields of that type
//	|   0x01  |       |
//	+---------+-------+----------------------------
//
//	type  name          fields                                         descriptor
//	operator → boot
//	0x01  status
//	0x02  history
//	0x03  applications
//	0x10  begin         kind(1)
//	0x11  file          role(1) name(32, zeros behind)                 sealed memory file
//	0x12  commit
//	0x13  abort
//	0x14  activate      place(1)
//	0x15  remove        name(32, zeros behind)
//	0x16  tamper
//	0x17  challenge
//	0x18  load key                                                      sealed memory file
//	boot → operator
//	0x80  done          reason(1) version(8)
//	0x81  standing      running(1) active(1) pending(1) tries(1) reason(1) strength(1)
//	                    counter(8) starts(4), then for each of factory, a, b:
//	                    state(1) version(8) kernel(32)
//	0x82  events        count(1), each: time(8) event(1) place(1) reason(1) version(8)
//	0x84  drawn         reason(1) random(16)
//	0x83  installed     count(1), each: name(32) version(8) sha256(32) origin(1)
//
// kind: 1 image (kernel, manifest, licence; module and statement for each of its
// applications), 2 application (module, statement, countersignature where it has
// one), 3 licence. role: 1 kernel, 2 manifest, 3 licence, 4 module, 5 statement,
// 6 countersignature; the name is the application's for 4 to 6 and empty
// otherwise. place: 1 factory, 2 a, 3 b; 0 is none. Times are Unix seconds.
//
// Permit table, for each connection:
//
//	state     operator may send                          boot answers
//	idle      status, history, applications              standing, events, installed
//	          activate, remove, tamper, load key         done
//	          challenge                                  drawn
//	          begin → staging                            done
//	staging   file                                       done
//	          commit, abort → idle                       done
//
// Tamper takes the device for tampered with: the kernel erases its keys, and only the
// customer's paper and new keys bring it back.
//
// Challenge and load key carry remote key loading (package remoteload): the random
// number for the acquirer's key distribution host, and its delivery back. Who opens this
// door can keep a key away from the kernel; he cannot bring one that the host did not
// seal for this device and this random number.
//
// What was begun and not committed is gone when the connection ends. Boot serves
// a few connections at a time, and does what they ask for one after the other. Boot
// and the operator's command import this package; it holds no secret and must never
// hold a key.
package control
