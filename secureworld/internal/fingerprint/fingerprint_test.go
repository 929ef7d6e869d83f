package fingerprint

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

const processor = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nstepping\t: 1\n" +
	"microcode\t: 0x1000065\ncpu MHz\t\t: 2596.130\n\nprocessor\t: 1\nvendor_id\t: AuthenticAMD\n"

// terminal is a machine that tells everything.
func terminal() map[string]string {
	return map[string]string{
		"proc/cpuinfo":                  processor,
		"sys/class/dmi/id/sys_vendor":   "Maker",
		"sys/class/dmi/id/board_name":   "B1",
		"sys/class/dmi/id/product_uuid": "4c4c4544-0042-3510-8052-b4c04f4e3732",
		"sys/class/dmi/id/board_serial": "B1-0004711", "sys/class/dmi/id/product_serial": "P1-0815",
		"etc/machine-id":       "0123456789abcdef0123456789abcdef\n",
		"sys/block/vda/serial": "DISK-4711",
	}
}

func machine(t *testing.T, files map[string]string) Machine {
	t.Helper()
	m := Machine{Root: t.TempDir(), Storage: t.TempDir()}
	for name, content := range files {
		path := filepath.Join(m.Root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var s unix.Stat_t
	if err := unix.Stat(m.Storage, &s); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(m.Root, fmt.Sprintf("sys/dev/block/%d:%d", unix.Major(s.Dev), unix.Minor(s.Dev)))
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../block/vda", link); err != nil {
		t.Fatal(err)
	}
	return m
}

// changed lists the parts that differ.
func changed(a, b Parts) (parts []Part) {
	for p := range Count {
		if a[p] != b[p] {
			parts = append(parts, p)
		}
	}
	return parts
}

func TestEachPartIsReadFromItsOwnPlace(t *testing.T) {
	whole := machine(t, terminal()).Read()
	for _, p := range []Part{Make, System, Board, Product, Disk, Installation} {
		if whole[p] == [32]byte{} {
			t.Errorf("%s is absent", p)
		}
	}
	for name, want := range map[string]Part{
		"sys/class/dmi/id/board_name": Make, "sys/class/dmi/id/product_uuid": System, "sys/class/dmi/id/board_serial": Board,
		"sys/class/dmi/id/product_serial": Product, "sys/block/vda/serial": Disk, "etc/machine-id": Installation,
	} {
		files := terminal()
		files[name] = "7" + files[name]
		if got := changed(whole, machine(t, files).Read()); len(got) != 1 || got[0] != want {
			t.Errorf("%s changed %v", name, got)
		}
		delete(files, name)
		got := machine(t, files).Read()
		if parts := changed(whole, got); len(parts) != 1 || parts[0] != want || want != Make && got[want] != [32]byte{} {
			t.Errorf("without %s: %v", name, parts)
		}
	}
}

func TestWhatAnUpdateChangesIsNoPart(t *testing.T) {
	whole := machine(t, terminal()).Read()
	files := terminal()
	files["proc/cpuinfo"] = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nstepping\t: 1\n" +
		"microcode\t: 0x2000000\ncpu MHz\t\t: 1.0\n\n"
	if got := changed(whole, machine(t, files).Read()); got != nil {
		t.Errorf("%v", got)
	}
}

func TestWhatMakersLeaveInEveryBoardIsAbsent(t *testing.T) {
	for _, junk := range []string{"", "To Be Filled By O.E.M.\n", "Default string", "None", "00000000-0000-0000-0000-000000000000",
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "0000", "abc"} {
		files := terminal()
		maps.Copy(files, map[string]string{"sys/class/dmi/id/product_uuid": junk, "sys/class/dmi/id/board_serial": junk})
		if p := machine(t, files).Read(); p[System] != [32]byte{} || p[Board] != [32]byte{} {
			t.Errorf("%q counts as a part", junk)
		}
	}
}

func TestThePartsOfThisMachineStayAsTheyAre(t *testing.T) {
	m := Machine{Root: "/", Storage: t.TempDir()}
	a := m.Read()
	if a.Present() == 0 {
		t.Fatal("not even the processor is told")
	}
	if got := changed(a, m.Read()); got != nil {
		t.Errorf("%v changed while nothing happened", got)
	}
}

// A copied disk in a machine of the same make has make, file system and
// installation: never enough where a part that is one of its kind is there.
func TestAClonedDiskInAMachineOfTheSameMakeIsNotEnough(t *testing.T) {
	for n := 4; n <= int(Count); n++ {
		if Needed(n) <= 3 {
			t.Errorf("%d of %d are enough", Needed(n), n)
		}
	}
	for n := 1; n <= int(Count); n++ {
		if Needed(n) < 1 || Needed(n) > n || 2*Needed(n) <= n {
			t.Errorf("%d of %d", Needed(n), n)
		}
	}
}
