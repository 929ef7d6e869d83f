//go:build linux

package estate_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// commandEnv makes this test binary an operator's command that is killed: it
// brings a lane up from this home, sells once and waits.
const commandEnv = "STRONGROOM_ESTATE_TEST_HOME"

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	if home := os.Getenv(commandEnv); home != "" {
		fmt.Println(sellAndWait(home))
		select {}
	}
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

func sellAndWait(home string) string {
	ctx := context.Background()
	l, err := estate.Start(ctx, estate.Options{Programs: os.Getenv("STRONGROOM_BIN"), Home: home, Misbehaviour: estate.WellBehaved()})
	if err != nil {
		return "failed: " + err.Error()
	}
	card, err := l.Card("approve")
	if err != nil {
		return "failed: " + err.Error()
	}
	p, err := l.Sell(ctx, estate.Sale{Request: euros(100), Card: card})
	if err != nil || p.Outcome != "approved" {
		return fmt.Sprintf("failed: %s %v", p.Outcome, err)
	}
	return p.ID + " " + l.Run
}

func euros(amount int64) till.Request { return till.Request{Amount: amount, Currency: "EUR"} }

// start brings a lane up, or returns nil where this machine cannot.
func start(t *testing.T, home string) *estate.Lane {
	t.Helper()
	programs := estatetest.Programs(t)
	if programs == "" {
		return nil
	}
	l, err := estate.Start(t.Context(), estate.Options{Programs: programs, Home: home, Misbehaviour: estate.WellBehaved()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// sell sells with a new card that the issuer approves.
func sell(t *testing.T, l *estate.Lane) till.Payment {
	t.Helper()
	card, err := l.NewCard(t.Context(), bureau.Order{Name: "new", Balance: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Sell(t.Context(), estate.Sale{Request: euros(250), Card: card})
	if err != nil || p.Outcome != "approved" || p.Money != "captured" {
		t.Fatalf("%+v %v", p, err)
	}
	return p
}

// alive: there and not merely waiting to be reaped.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(after, "Z") && syscall.Kill(pid, 0) == nil
}

func TestALaneSellsAndLeavesNothing(t *testing.T) {
	l := start(t, "")
	if l == nil {
		return
	}
	sell(t, l)
	processes, run, home := l.Processes(), l.Run, l.Home
	if len(processes) != 7 {
		t.Errorf("the control failed: %v", processes)
	}
	for _, p := range processes {
		if !alive(p.PID) {
			t.Errorf("the control failed: %s does not run", p.Name)
		}
	}
	for _, dir := range []string{run, home} {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("the control failed: %v", err)
		}
	}
	if err := l.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		if alive(p.PID) {
			t.Errorf("%s still runs", p.Name)
		}
	}
	for _, dir := range []string{run, home} {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestEachWorldRunsAsAUserOfItsOwn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("LEFT OUT: only root can start other users' processes")
		return
	}
	l := start(t, "")
	if l == nil {
		return
	}
	seen := map[uint32]string{}
	for _, p := range l.Processes() {
		info, err := os.Stat(fmt.Sprintf("/proc/%d/fd", p.PID)) // of the process's user, dumpable or not
		if err != nil {
			t.Fatal(err)
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
		if err != nil || info == nil {
			t.Fatal(err)
		}
		uid := userOf(t, string(status))
		if other, taken := seen[uid]; taken {
			t.Errorf("%s and %s share user %d", p.Name, other, uid)
		}
		seen[uid] = p.Name
		if root := uid == 0; root != (p.Name == estate.Boot) {
			t.Errorf("%s runs as user %d", p.Name, uid)
		}
	}
}

func userOf(t *testing.T, status string) (uid uint32) {
	t.Helper()
	_, after, _ := strings.Cut(status, "\nUid:")
	if _, err := fmt.Sscan(after, &uid); err != nil {
		t.Fatal(err)
	}
	return uid
}

func TestWhatALaneStoredIsThereTheNextTime(t *testing.T) {
	home := t.TempDir()
	first := start(t, home)
	if first == nil {
		return
	}
	before := sell(t, first)
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, home)
	if again, err := second.Till.Payment(t.Context(), before.ID); err != nil || again.Outcome != "approved" {
		t.Errorf("%+v %v", again, err)
	}
	after := sell(t, second)
	one, err := second.Till.Receipt(t.Context(), before.ID)
	two, err2 := second.Till.Receipt(t.Context(), after.ID)
	if err != nil || err2 != nil || two.STAN <= one.STAN || two.RRN <= one.RRN {
		t.Errorf("%+v %+v %v %v", one, two, err, err2)
	}
	if first.Record != second.Record {
		t.Error("there was a second key ceremony")
	}
}

func TestWhatAKilledCommandLeftIsSaved(t *testing.T) {
	programs := estatetest.Programs(t)
	if programs == "" {
		return
	}
	home := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), commandEnv+"="+home, "STRONGROOM_BIN="+programs)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	id, run, ok := strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || !strings.HasPrefix(id, "pay_") || !ok {
		t.Fatalf("%s %v", line, err)
	}
	if _, err := os.Stat(run); err != nil {
		t.Fatalf("the control failed: the killed command left nothing: %v", err)
	}
	l := start(t, home)
	if p, err := l.Till.Payment(t.Context(), id); err != nil || p.Outcome != "approved" {
		t.Errorf("%+v %v", p, err)
	}
	sell(t, l)
	if _, err := os.Stat(run); err == nil && run != l.Run {
		t.Error("what the killed command left is still there")
	}
}

func TestAnyProgramCanBeKilledAndStartedAgain(t *testing.T) {
	l := start(t, "")
	if l == nil {
		return
	}
	for _, name := range []string{
		estate.Terminal, estate.Reader, estate.PINPad, estate.Boot, estate.Acquirer, estate.Element,
	} {
		pid, kernel := l.PID(name), l.PID(estate.Kernel)
		if err := l.Kill(name); err != nil {
			t.Fatal(err)
		}
		if alive(pid) || l.PID(name) != 0 || name == estate.Boot && alive(kernel) {
			t.Errorf("%s still runs", name)
		}
		if err := l.Restart(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	killed := l.PID(estate.Kernel)
	if err := l.Kill(estate.Kernel); err != nil {
		t.Fatal(err)
	}
	for i := 0; l.PID(estate.Kernel) == 0 || l.PID(estate.Kernel) == killed; i++ {
		if i == 1000 {
			t.Fatal("boot did not start another kernel")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := l.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	sell(t, l)
	select {
	case c := <-l.Crashes():
		t.Errorf("a wanted end was told as a crash: %+v", c)
	default:
	}
}

func TestACrashIsToldWithItsLastLines(t *testing.T) {
	l := start(t, "")
	if l == nil {
		return
	}
	for _, name := range []string{estate.Kernel, estate.Reader} {
		if err := syscall.Kill(l.PID(name), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		select {
		case c := <-l.Crashes():
			if c.Name != name || len(c.LastLines) == 0 {
				t.Errorf("%+v", c)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("the end of %s was not told", name)
		}
	}
}

func TestAHomeHasOneLaneAtATime(t *testing.T) {
	home := t.TempDir()
	if _, err := estate.Find(home); !errors.Is(err, estate.ErrNoLane) {
		t.Errorf("before: %v", err)
	}
	l := start(t, home)
	if l == nil {
		return
	}
	places, err := estate.Find(home)
	if err != nil || places.Run != l.Run {
		t.Errorf("%s %v", places.Run, err)
	}
	if _, err := estate.Start(t.Context(), estate.Options{Programs: estatetest.Programs(t), Home: home}); err == nil {
		t.Error("a second lane started from one home")
	}
	if _, err := l.Till.Terminal(t.Context()); err != nil {
		t.Errorf("the refused one disturbed the first: %v", err)
	}
}

func TestMissingProgramsAreToldWithWhatToDo(t *testing.T) {
	_, err := estate.Start(t.Context(), estate.Options{Programs: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Error(err)
	}
}
