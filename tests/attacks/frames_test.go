//go:build linux

package attacks

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// frames is how many are sent; `make attacks FRAMES=10000000` says another number.
var frames = flag.Int("frames", 200_000, "`number` of fuzzed frames for the real kernel")

var seed = flag.Uint64("frames.seed", 1, "`number` that the fuzzed frames are made from")

const (
	fuzzers  = 4     // sessions at once; the merchant's program has two of eight
	inFlight = 64    // frames that are sent before the first answer is read
	perRound = 5_000 // frames of a session, before the one that breaks it
)

// tally counts what was answered.
type tally struct{ sent, refused, done, broken, rings atomic.Int64 }

// TestFuzzedFramesAreAnsweredOrRefusedAndChangeNothing sends fuzzed frames to a real
// kernel on the socket that boot measured. Every one must be answered by the message
// that belongs to it, in its one form, or refused with a code; a stream that is no
// frames must be ended, and nothing else.
func TestFuzzedFramesAreAnsweredOrRefusedAndChangeNothing(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	v.must(t, v.idle(t.Context()))
	before := described(t, v.session(t))
	var counted tally
	var all sync.WaitGroup
	failed := make(chan error, fuzzers)
	began := time.Now()
	for i := range fuzzers {
		all.Go(func() {
			f := &fuzzer{random: rand.New(rand.NewPCG(*seed, uint64(i))), tally: &counted}
			if err := f.run(v, *frames/fuzzers); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	v.must(t, v.idle(t.Context()))
	after := described(t, v.session(t))
	t.Logf("%d frames in %v from seed %d: %d refused, %d answered, %d streams broken, %d sessions in shared memory",
		counted.sent.Load(), time.Since(began).Round(time.Millisecond), *seed, counted.refused.Load(), counted.done.Load(), counted.broken.Load(), counted.rings.Load())
	if after.KernelStarts != before.KernelStarts || after.PendingReversals != before.PendingReversals {
		t.Errorf("the kernel was started %d times, %d reversals are pending", after.KernelStarts, after.PendingReversals)
	}
	if told := int64(after.FramesRefused - before.FramesRefused); told < counted.refused.Load()+counted.broken.Load() {
		t.Errorf("%d refused and %d broken, %d counted by the kernel", counted.refused.Load(), counted.broken.Load(), told)
	}
	// The control: frames of all kinds got behind the parser.
	if counted.done.Load() == 0 || counted.refused.Load() == 0 || counted.broken.Load() == 0 || counted.rings.Load() == 0 {
		t.Error("the fuzzed frames are all of one sort")
	}
	v.sells(t)
}

// TestAnAnswerThatIsNotTheQuestionsIsSeenByTheFuzzer is the control of its check.
func TestAnAnswerThatIsNotTheQuestionsIsSeenByTheFuzzer(t *testing.T) {
	body, err := frame.Append(nil, mailbox.Pong{Number: 9})
	if err != nil {
		t.Fatal(err)
	}
	f := &fuzzer{tally: &tally{}}
	if err := f.check(mailbox.KindPing, mailbox.KindPong, body); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another kind":       f.check(mailbox.KindPing, mailbox.KindView, body),
		"a byte more":        f.check(mailbox.KindPing, mailbox.KindPong, append(body, 0)),
		"a kind there isn't": f.check(0x70, 0xf0, nil),
		"no code":            f.check(mailbox.KindPing, mailbox.KindRefused, append([]byte{0}, make([]byte, 16)...)),
	} {
		if err == nil {
			t.Errorf("%s was not seen", name)
		}
	}
}

// fuzzer is one session after the other.
type fuzzer struct {
	random *rand.Rand
	*tally
	kinds   []byte
	handles []uint32 // of keys of the session
	shared  bool     // the session is in shared memory
}

func (f *fuzzer) run(v *victim, n int) error {
	for n > 0 {
		some := min(n, perRound)
		conn, err := v.knock()
		if err != nil {
			time.Sleep(look)
			conn, err = v.knock()
		}
		if err != nil {
			return err
		}
		f.shared = f.random.IntN(2) == 0
		if f.shared {
			if conn, f.shared, err = mailbox.Upgrade(conn, patience); err != nil {
				return err
			}
		}
		if f.shared {
			f.rings.Add(1)
		}
		if err := f.keys(mailbox.NewClient(conn)); err != nil {
			return err
		}
		if err := errors.Join(f.round(conn, some), conn.Close()); err != nil {
			return err
		}
		n -= some
	}
	return nil
}

// keys draws some, so that frames reach what stands behind a handle.
func (f *fuzzer) keys(c *mailbox.Client) error {
	f.handles = nil
	for _, g := range []mailbox.Generate{
		{Algorithm: mailbox.AlgorithmAES256GCM, Usage: mailbox.UsageEncrypt | mailbox.UsageDecrypt},
		{Algorithm: mailbox.AlgorithmHMACSHA256, Usage: mailbox.UsageMAC},
		{Algorithm: mailbox.AlgorithmEd25519, Usage: mailbox.UsageSign},
	} {
		k, err := c.Generate(g)
		if err != nil {
			return err
		}
		f.handles = append(f.handles, k.Handle)
	}
	return nil
}

// round sends frames, reads their answers, and ends with a stream that is none.
func (f *fuzzer) round(conn net.Conn, n int) error {
	if err := conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		return err
	}
	asked := make(chan byte, inFlight)
	read := make(chan error, 1)
	go func() {
		answers := bufio.NewReaderSize(conn, 64<<10)
		for kind := range asked {
			got, body, err := frame.Read(answers, mailbox.MaxBody)
			if err == nil {
				err = f.check(kind, got, body)
			}
			if err != nil {
				_ = conn.Close() // lets the sender end
				read <- err
				for range asked { //nolint:revive // empty it
				}
				return
			}
		}
		read <- ended(answers)
	}()
	var failed error
	out := bufio.NewWriterSize(conn, 16<<10)
	for i := 0; i < n && failed == nil; i++ {
		kind, body := f.frame()
		if kind == mailbox.KindOpenRing && !f.shared {
			body = append(body, 0) // the answer would be memory, and the session go on there
		}
		if len(asked) == cap(asked) { // whoever waits for answers must have sent
			failed = out.Flush()
		}
		asked <- kind
		failed = errors.Join(failed, frame.Write(out, kind, body))
		f.sent.Add(1)
	}
	if failed == nil {
		_, failed = out.Write(f.noFrame())
		failed = errors.Join(failed, out.Flush())
		f.broken.Add(1)
	}
	close(asked)
	if err := <-read; err != nil {
		return err
	}
	return failed
}

// ended wants the other side to hang up and say no more.
func ended(r io.Reader) error {
	if n, err := io.Copy(io.Discard, r); n != 0 {
		return errors.Join(errors.New("an answer to what is no frame"), err)
	}
	return nil
}

// noFrame begins with another version, or is longer than the door permits.
func (f *fuzzer) noFrame() []byte {
	if f.random.IntN(2) == 0 {
		return []byte{byte(2 + f.random.IntN(254)), mailbox.KindPing, 0, 0}
	}
	return binary.BigEndian.AppendUint16([]byte{frame.Version, byte(f.random.Uint32())}, mailbox.MaxBody+1)
}

var errAnswer = errors.New("an answer that is not its question's")

// check holds an answer to its question.
func (f *fuzzer) check(asked, got byte, body []byte) error {
	if got == mailbox.KindRefused {
		f.refused.Add(1)
		var r mailbox.Refused
		if err := frame.Parse(body, &r); err != nil {
			return err
		}
		if r.Code == mailbox.CodeNone {
			return errAnswer
		}
		return nil
	}
	f.done.Add(1)
	answer, known := answers()[asked]
	if got != asked|0x80 || !known {
		return errAnswer
	}
	a := reflect.New(reflect.TypeOf(answer))
	return frame.Parse(body, a.Interface())
}
