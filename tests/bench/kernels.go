package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Kernel time is that of the kernels alone. A virtual card answers each
// transaction once; then the same transaction is repeated from memory with those
// answers, which have no delay and no cryptography of the card's. Order, date and
// unpredictable number are fixed, so that the repetitions are the same commands.
//
// The contact transaction with chip and PIN, without authentication of the card,
// is the baseline of all others.

// A transaction is one kernel's work for one card.
type transaction struct {
	name string
	card virtualcard.Player
	run  func(*tape) error
	tvr  byte // these bits of byte 1 as they must be: the authentication that is named, and passed

	tape tape
}

// measureKernels measures each kind of transaction against the first.
func measureKernels() ([]Row, error) {
	all, err := transactions()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := all[i].record(); err != nil {
			return nil, fmt.Errorf("recording %s: %w", all[i].name, err)
		}
	}
	took, err := kernelTimes(all)
	if err != nil {
		return nil, err
	}
	var times, counts []Row
	first := math.Round(allocations(&all[0]))
	for i := range all {
		times = append(times, row("kernel time per transaction (without card delay), "+all[i].name, "µs", micros(took[i]), micros(took[0])))
		counts = append(counts, row("allocations per transaction, "+all[i].name, "count", math.Round(allocations(&all[i])), first))
	}
	return append(times, counts...), nil
}

// kernelTimes are the medians of rounds that alternate between the transactions.
func kernelTimes(all []transaction) ([]time.Duration, error) {
	const rounds, round = 7, 100 * time.Millisecond
	took := make([][]time.Duration, len(all))
	for range rounds {
		for i := range all {
			each, err := timeEach(all[i].replay, round)
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], each)
		}
	}
	out := make([]time.Duration, len(all))
	for i := range took {
		out[i] = median(took[i])
	}
	return out, nil
}

// allocations are counted over many repetitions, as the testing package does.
func allocations(t *transaction) float64 {
	const times = 200
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		_ = t.replay() // it has been replayed without an error before
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / times
}

// record runs the transaction with its card, then twice from memory, comparing
// the commands.
func (t *transaction) record() error {
	t.tape = tape{card: t.card}
	if err := t.run(&t.tape); err != nil {
		return err
	}
	if t.tape.tvr[0]&authentication != t.tvr {
		return errOutcome
	}
	t.tape.card, t.tape.compare = nil, true
	if err := errors.Join(t.replay(), t.replay()); err != nil {
		return err
	}
	t.tape.compare = false
	return nil
}

func (t *transaction) replay() error {
	t.tape.next, t.tape.differs = 0, false
	if err := t.run(&t.tape); err != nil {
		return err
	}
	if t.tape.differs || t.tape.next != len(t.tape.answers) {
		return errors.New("a repetition differs from its recording")
	}
	return nil
}

// authentication are the bits of TVR byte 1 for one that was not performed or that
// failed (EMV 4.4 Book 3, Annex C5).
const authentication = 0x80 | 0x40 | 0x08 | 0x04

// A tape holds what a card and its issuer said. With a card it records.
type tape struct {
	card              virtualcard.Player
	commands, answers [][]byte
	issuer            []byte  // 91
	tvr               [5]byte // 95 at the end
	next              int
	compare, differs  bool
}

// answer returns the card's answer to a command, and nothing behind the last.
func (t *tape) answer(command []byte) []byte {
	if t.card != nil {
		t.commands = append(t.commands, bytes.Clone(command))
		t.answers = append(t.answers, t.card.Process(command))
		return t.answers[len(t.answers)-1]
	}
	if t.next >= len(t.answers) {
		t.differs = true
		return nil
	}
	t.next++
	if t.compare && !bytes.Equal(command, t.commands[t.next-1]) {
		t.differs = true
	}
	return t.answers[t.next-1]
}

// errOutcome: a measurement of another flow than the one that is named.
var errOutcome = errors.New("the transaction ends otherwise than it should")

// contactSale is a sale with online PIN that the host approves and the card
// confirms.
func contactSale(cfg emv.Config, p virtualcard.Profile) func(*tape) error {
	order := benchOrder()
	return func(t *tape) error {
		tx := emv.New(cfg, order)
		defer tx.Wipe()
		a := tx.Next(emv.Start())
		for a.Kind != emv.ActionFinish {
			switch a.Kind {
			case emv.ActionTransmit:
				a = tx.Next(emv.Response(t.answer(a.Command)))
			case emv.ActionAskPIN:
				a = tx.Next(emv.PIN(emv.PINEntered))
			case emv.ActionGoOnline:
				a = tx.Next(emv.Host(t.host(p, tx)))
			default:
				return errOutcome
			}
		}
		if a.Outcome != emv.OutcomeApproved {
			return errOutcome
		}
		t.end(tx)
		return nil
	}
}

// host approves as the card's issuer, in cryptogram version 18 (virtualcard).
func (t *tape) host(p virtualcard.Profile, tx *emv.Transaction) emv.HostAnswer {
	if t.card != nil {
		list, _ := tlv.Parse(tx.HostTLV(nil))
		atc, _ := list.Find(tlv.Tag9F36ApplicationTransactionCounter)
		arqc, _ := list.Find(tlv.Tag9F26ApplicationCryptogram)
		if len(atc) != 2 {
			return emv.HostAnswer{Result: emv.HostUnable}
		}
		master := virtualcard.CardKey(p.IssuerMasterKey, p.PAN, p.PSN)
		session, approves := virtualcard.SessionKey(master, uint16(atc[0])<<8|uint16(atc[1])), []byte{0, 0x80, 0, 0}
		t.issuer = append(virtualcard.ARPC2(session, arqc, approves), approves...)
	}
	return emv.HostAnswer{Result: emv.HostApproved, ResponseCode: [2]byte{'0', '0'}, IssuerAuthentication: t.issuer}
}

// end records how the card was found.
func (t *tape) end(k interface{ HostTLV(dst []byte) []byte }) {
	if t.card != nil {
		list, _ := tlv.Parse(k.HostTLV(nil))
		tvr, _ := list.Find(tlv.Tag95TerminalVerificationResults)
		copy(t.tvr[:], tvr)
	}
}

// tap is a tap that goes online, from Entry Point's start to the outcome.
func tap(cfg entrypoint.Config, kernels entrypoint.Kernels) func(*tape) error {
	order := benchOrder()
	return func(t *tape) error {
		s := entrypoint.New(cfg, order, kernels)
		defer s.Wipe()
		a := s.Next(entrypoint.Start())
		for a.Kind != entrypoint.ActionFinish {
			switch a.Kind {
			case entrypoint.ActionTransmit:
				a = s.Next(entrypoint.Response(t.answer(a.Command)))
			case entrypoint.ActionAwaitCard:
				a = s.Next(entrypoint.Card())
			case entrypoint.ActionAwaitStart, entrypoint.ActionAwaitRestart, entrypoint.ActionEnd:
				return errOutcome
			default:
				a = s.Next(entrypoint.Done())
			}
		}
		if a.Outcome.Result != contactless.OnlineRequest {
			return errOutcome
		}
		t.end(s.Kernel())
		return nil
	}
}

func benchOrder() emv.Order {
	return emv.Order{
		Amount: amount, Currency: 978, CurrencyExponent: 2, Country: 528,
		Date: [3]byte{0x26, 0x11, 0x21}, Time: [3]byte{0x12}, UnpredictableNumber: [4]byte{0x33, 0xBC, 0xA4, 0x7D},
	}
}
