// Package carrier takes the secure world's doors through the ports of a virtual
// machine: outside stands boot, inside the guest's first program. One port is one
// byte stream (virtio-serial). It carries bytes and looks into none: TLS ends
// behind it, in the kernel.
//
// A door's port carries connections. Numbers are big endian.
//
//	 0      1         5          7
//	+------+---------+----------+---------
//	| type | conn(4) | length(2)| payload
//	+------+---------+----------+---------
//
//	type  name    payload                    who
//	0x01  open    what the connection is,    outside
//	              1 to 128 bytes
//	0x02  data    1 to 16384 bytes           both
//	0x03  end     none: no more data comes   both
//	0x04  credit  count(4): so many bytes    both
//	              were taken, not 0
//	0x05  reset   none: nothing is taken     both
//	              any more
//
// Connections are numbered from 1 up and no number comes twice. Each end may have
// 64 KiB under way that the other has not given credit for. A connection is over
// when both have sent end, or one reset. What comes for a connection that is over
// is dropped, since it was under way; all else that the table does not list ends
// the port, and with it the machine.
//
// The handover's port carries no connections but posts:
//
//	 0      1          5
//	+------+----------+---------
//	| type | length(4)| payload
//	+------+----------+---------
//
//	type  name     payload                                            who
//	0x01  begin    clock(8) accelerator(1) seed(32) measurements      outside
//	               (1 to 256 bytes), once and first
//	0x02  content  1 to 32768 bytes of the file of the next message   both
//	0x03  message  a packet of package handover, 2 to 128 bytes       both
//	0x04  clock    clock(8)                                           outside
//	0x81  begun    the guest's kernel release, 1 to 64 bytes,         inside
//	               first
//	0x82  words    1 to 1024 bytes that the kernel wrote before       inside
//	               it died
//	0x83  ended    status(4) as wait(2) tells it; last                inside
//
// A clock is nanoseconds since 1970.
//
// Boot's package microvm and the guest import it. It never holds a key.
package carrier
