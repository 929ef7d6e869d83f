// Package fingerprint reads what tells this machine from another: a few parts,
// each hashed on its own, none of which says anything about a person. There is no
// address of a network card, no name of host or user, no number of a telephone.
//
//	place  part          read from                                               a copied disk   another machine
//	                                                                             brings it       of the make has it
//	0      make          processor (vendor, family, model, stepping), DMI names  no              yes
//	1      system        DMI product_uuid, or the device tree's serial number    no              no
//	2      board         DMI board_serial                                        no              no
//	3      product       DMI product_serial                                      no              no
//	4      disk          number of the disk that the storage lies on             no              no
//	5      file system   f_fsid of ext4 and btrfs, which comes from the UUID     yes             no
//	6      installation  /etc/machine-id                                         yes             no
//
// A part that the machine does not tell is absent. What is read is hashed under a
// name of its own before it leaves this package: machine-id(5) asks for that.
//
// Boot imports it, being outside the sandbox, and hands the digests to the kernel.
// The kernel takes the table of places alone.
package fingerprint
