//go:build linux

package magstripe

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// serial is a pseudo terminal: what is written to the first end comes out of
// the device at path.
func serial(t *testing.T) (far *os.File, path string) {
	t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	var number, unlocked uint32
	ioctl(t, far, syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	ioctl(t, far, syscall.TIOCGPTN, unsafe.Pointer(&number))
	return far, fmt.Sprintf("/dev/pts/%d", number)
}

func ioctl(t *testing.T, f *os.File, request uintptr, value unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(value)); errno != 0 {
		t.Fatal(errno)
	}
}

func TestASerialHeadIsRead(t *testing.T) {
	far, path := serial(t)
	l, stop := watched(t, path)
	for _, sent := range []string{"%E?\r", line, line + line} {
		if _, err := far.WriteString(sent); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		<-l.news
	}
	if err := stop(); err != nil || l.all() != "bad good good good" {
		t.Errorf("%v, %s", err, l.all())
	}
}

func TestAHeadThatIsUnpluggedIsAnError(t *testing.T) {
	far, path := serial(t)
	l := newTold()
	ended := make(chan error, 1)
	go func() { ended <- Head{}.Watch(t.Context(), path, l.tell) }()
	_, _ = far.WriteString(line)
	<-l.news
	_ = far.Close()
	if err := <-ended; err == nil {
		t.Error("the head is gone and nobody was told")
	}
}
