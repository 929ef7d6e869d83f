package doctor

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// packages are Debian's, with a program or file of each.
func packages(m Machine, _ Lane) []Finding {
	var missing []string
	need := func(there bool, name string) {
		if !there {
			missing = append(missing, name)
		}
	}
	need(m.Find("pcscd"), "pcscd")
	need(len(m.Match("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")) > 0, "vsmartcard-vpcd")
	need(len(m.Match("/usr/lib/*/libpcsclite.so.1")) > 0, "libpcsclite1")
	need(len(m.Match("/usr/lib/*/libgcrypt.so.20")) > 0, "libgcrypt20")
	need(len(m.Match("/usr/lib/*/libnettle.so.8")) > 0, "libnettle8")
	if len(missing) > 0 {
		list := strings.Join(missing, " ")
		return fail("packages_missing", "not installed: "+list, "make deps, or: apt-get install "+list)
	}
	if !m.Find("qemu-system-x86_64") {
		return warn("vm_missing", "no virtual machines: isolation level vm cannot be had", "make deps, or: apt-get install qemu-system-x86")
	}
	return fine("all that a lane needs is installed")
}

func programs(m Machine, _ Lane) []Finding {
	var missing []string
	for _, name := range []string{"terminal", "reader", "pinpad", "secureworld", "kernel", "acquirer", "payment.wasm", "element-stdlib", "mcu"} {
		if len(m.Match(filepath.Join(m.Programs, name))) == 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fail("programs_missing", "not in "+m.Programs+": "+strings.Join(missing, " "), "make build, or say where they are with -bin")
	}
	return fine("all programs are in " + m.Programs)
}

func secretMemory(m Machine, _ Lane) []Finding {
	if m.SecretMemory() != nil {
		return warn("memfd_secret_missing", "memory cannot be hidden from root; locked pages take its place",
			"run Linux 6.5 or later, or start it with secretmem.enable=1")
	}
	return fine("memory can be hidden from root (memfd_secret)")
}

func namespaces(m Machine, _ Lane) []Finding {
	switch {
	case m.UserNamespaces() == nil:
		return fine("user namespaces are permitted")
	case m.Root:
		return fine("user namespaces are not permitted; as root every world has a user of its own instead")
	}
	return fail("user_namespaces_forbidden", "user namespaces are not permitted, and this is not root: the kernel cannot be put into a sandbox",
		"sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 (and, on Ubuntu, kernel.apparmor_restrict_unprivileged_userns=0), or start as root")
}

func lockedMemory(m Machine, _ Lane) []Finding {
	if limit := m.LockedMemory(); !m.Root && limit < hidden {
		return warn("locked_memory_low", fmt.Sprintf("only %d MB may be locked, and the secure world hides up to %d MB", limit>>20, hidden>>20),
			"raise LimitMEMLOCK (systemd) or ulimit -l, or start as root")
	}
	return fine("enough memory may be locked")
}

func swap(m Machine, _ Lane) []Finding {
	if n := m.Swap(); n > 0 {
		return warn("swap_on", "memory may be written to a disk: swap is on", "swapoff -a, or swap to an encrypted device only")
	}
	return fine("no swap on a disk")
}

func ports(m Machine, l Lane) []Finding {
	if l.Running {
		return fine("the running lane has its ports")
	}
	var taken []string
	for _, name := range slices.Sorted(maps.Keys(m.Pages)) {
		if m.Listen(m.Pages[name]) != nil {
			taken = append(taken, fmt.Sprintf("%s (%s)", m.Pages[name], name))
		}
	}
	if len(taken) > 0 {
		return fail("port_taken", "another program listens on "+strings.Join(taken, ", "), "end it (ss -ltnp names it), or choose others: -listen, -pinpad, -tray")
	}
	return fine("the pages' ports are free")
}

func clock(m Machine, _ Lane) []Finding {
	if m.Now().Year() < youngest {
		return fail("clock_wrong", "the clock stands before this program was built: no certificate is valid", "set the clock: timedatectl set-ntp true")
	}
	held, err := m.Synchronised()
	if err != nil || !held {
		return warn("clock_free", "nothing holds the clock: receipts and key times will drift", "timedatectl set-ntp true, or install chrony")
	}
	return fine("the clock is held by another one")
}

func disk(m Machine, _ Lane) []Finding {
	free, err := m.Free(m.Home)
	do := "make room below " + m.Home + ", or move it: -var"
	switch {
	case err != nil:
		return warn("disk_unknown", "how much room is left cannot be asked", "look at df "+m.Home)
	case free < diskOut:
		return fail("disk_full", fmt.Sprintf("%d MB are left on the disk", free>>20), do)
	case free < diskLow:
		return warn("disk_low", fmt.Sprintf("%d MB are left on the disk", free>>20), do)
	}
	return fine(fmt.Sprintf("%d GB are left on the disk", free>>30))
}

func home(m Machine, _ Lane) []Finding {
	again := "set it aside, or begin another with -var; its payments stay in the acquirer's books"
	switch h := m.Homed(); {
	case !h.There:
		return fine("no lane was ever brought up here")
	case h.Bad:
		return fail("home_unreadable", m.Home+" is no lane's folder, or damaged", again)
	case h.Other:
		return fail("home_of_another", m.Home+" belongs to another user", "start as that user, or begin another with -var")
	case h.Dead:
		return warn("lane_died", "a lane ran here and did not end by itself", "strongroom up: it takes up what was left, and reverses what must be")
	case h.Old:
		return warn("home_old", m.Home+" was made by an earlier version, without what is made today", again)
	}
	return fine(m.Home + " is in order")
}

func files(m Machine, _ Lane) []Finding {
	var open []string
	for _, f := range m.Files() {
		if f.Open {
			open = append(open, f.Name)
		}
	}
	if len(open) > 0 {
		return fail("files_open", "open to others: "+strings.Join(few(open), ", "), "chmod -R go= "+m.Home)
	}
	return fine("no secret of the home is open to others")
}

// few is as many as somebody reads.
func few(list []string) []string {
	if len(list) > 5 {
		return append(slices.Clone(list[:5]), fmt.Sprintf("and %d more", len(list)-5))
	}
	return list
}

func certificates(m Machine, _ Lane) (out []Finding) {
	for _, c := range m.Certificates() {
		switch left := c.Until.Sub(m.Now()); {
		case c.Bad:
			out = append(out, fail("certificate_unreadable", c.Name+" is no certificate", "strongroom provision makes another")...)
		case left <= 0:
			out = append(out, fail("certificate_expired", c.Name+" is not valid any more", "strongroom provision makes another")...)
		case left < certificateLow:
			out = append(out, warn("certificate_expires", fmt.Sprintf("%s is valid for %d days more", c.Name, int(left/(24*time.Hour))), "strongroom provision makes another")...)
		}
	}
	if out == nil {
		return fine("every certificate is valid for a month at the least")
	}
	return out
}
