package sandbox

import (
	"strconv"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// signalErratum is the bit of the Landlock erratum without which signal scoping
// keeps a process from signalling its own threads, as Go must
// (Documentation/userspace-api/landlock.rst, "Errata", number 2).
const signalErratum = 1 << 1

// restrictFiles lets the kernel use files below its root and nothing else: no
// TCP of its own making, no signals and no abstract sockets to outside.
func restrictFiles(_ Config, r *Report) error {
	abi, err := ll.LandlockGetABIVersion()
	if err != nil || abi < 1 {
		r.set(Landlock, false, "this machine has no Landlock")
		return nil
	}
	config, how := landlock.V7, "ABI "+strconv.Itoa(abi)
	if errata, err := ll.LandlockGetErrata(); abi >= 6 && (err != nil || errata&signalErratum == 0) {
		config, how = landlock.V5, how+", without scopes (erratum 2)"
	}
	const files = ll.AccessFSReadFile | ll.AccessFSReadDir | ll.AccessFSWriteFile | ll.AccessFSTruncate |
		ll.AccessFSMakeReg | ll.AccessFSMakeDir | ll.AccessFSRemoveFile | ll.AccessFSRemoveDir
	if err := config.BestEffort().Restrict(landlock.PathAccess(files, ".")); err != nil {
		return err
	}
	r.LandlockABI = abi
	r.set(Landlock, true, how)
	return nil
}
