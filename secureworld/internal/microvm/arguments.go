package microvm

import (
	"fmt"
	"strconv"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm/initramfs"
)

// Descriptors that QEMU finds at its start; the ports' follow.
const (
	fdLinux = 3 + iota
	fdArchive
	fdDisk
	fdPorts
)

// linuxArguments: secret memory needs saying on Linux before 6.5; a panic ends the
// machine at once.
const linuxArguments = "console=ttyS0 panic=-1 reboot=t secretmem.enable=1 random.trust_cpu=on "

// What Linux says on its console.
const (
	quiet     = "quiet loglevel=3"
	talkative = "loglevel=7"
)

// attempt is one way to start a machine.
type attempt struct {
	accelerator carrier.Accelerator
	within      time.Duration // to the guest's first word
	words       string        // quiet or talkative
}

// arguments of QEMU. user is empty where boot is not root.
func arguments(a attempt, user, empty string) []string {
	accelerator, processor := "tcg", "max"
	if a.accelerator == carrier.KVM {
		accelerator, processor = "kvm", "host,-arch-capabilities" // some hosts refuse its register
	}
	all := []string{
		"-machine", "pc,accel=" + accelerator + ",usb=off,vmport=off", "-cpu", processor, "-m", memory, "-smp", "2",
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
		"-sandbox", "on,obsolete=deny,spawn=deny,resourcecontrol=deny",
		"-kernel", descriptor(fdLinux), "-initrd", descriptor(fdArchive), "-append", linuxArguments + a.words,
		"-add-fd", fmt.Sprintf("fd=%d,set=1", fdDisk),
		"-drive", "file=/dev/fdset/1,format=raw,if=none,id=disk,cache=writeback,read-only=off,auto-read-only=off",
		"-device", "virtio-blk-pci,drive=disk,disable-legacy=on",
		"-device", "virtio-serial-pci,max_ports=8,disable-legacy=on",
	}
	for i, name := range initramfs.Ports() {
		all = append(all, "-chardev", fmt.Sprintf("socket,id=port%d,fd=%d", i, fdPorts+i),
			"-device", fmt.Sprintf("virtserialport,chardev=port%d,name=%s,nr=%d", i, name, i+1))
	}
	if user != "" {
		all = append(all, "-runas", user)
	}
	if empty != "" {
		all = append(all, "-chroot", empty)
	}
	return all
}

func descriptor(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }
