package main

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

var errAnswer = errors.New("the host's answer does not verify or belongs to another question")

// start makes a message with what all messages have.
func (t *terminal) start(mti string, n terms) *codec.Message {
	m := codec.NewMessage(mti)
	m.SetString(7, n.at.UTC().Format("0102150405"))
	m.SetString(11, fmt.Sprintf("%06d", n.stan))
	m.SetString(12, n.at.Format("150405"))
	m.SetString(13, n.at.Format("0102"))
	m.SetString(37, fmt.Sprintf("%012d", n.rrn))
	m.SetString(41, t.cfg.TerminalID)
	m.SetString(42, t.cfg.MerchantID)
	return m
}

// financial adds what a request and its reversals share.
func (t *terminal) financial(mti string, n terms, amount uint64, sequence byte) *codec.Message {
	m := t.start(mti, n)
	m.SetString(3, hostspec.ProcessingSale)
	m.SetString(4, fmt.Sprintf("%012d", amount))
	m.SetString(22, hostspec.EntryModeChip)
	m.SetString(23, fmt.Sprintf("%03x", sequence)) // BCD
	m.SetString(25, hostspec.ConditionNormal)
	m.SetString(49, fmt.Sprintf("%03d", t.cfg.Currency))
	m.SetString(60, "000001")
	return m
}

func (t *terminal) request(n terms, s *sale, tx *dukpt.Transaction) ([]byte, error) {
	m := t.financial(hostspec.MTIRequest, n, s.amount, s.sequence)
	sealed, err := sealAccount(tx, s.account)
	if err != nil {
		return nil, err
	}
	ksn := tx.KSN()
	elements := []hostspec.Element{{Tag: hostspec.PrivateKSN, Value: ksn[:]}}
	if s.pinBlock != nil {
		m.Set(52, s.pinBlock)
		elements = append(elements, hostspec.Element{Tag: hostspec.PrivatePINKSN, Value: s.pinKSN[:]})
	}
	elements = append(elements, hostspec.Element{Tag: hostspec.PrivateAccount, Value: sealed})
	m.Set(48, hostspec.AppendPrivate(nil, elements...))
	m.Set(55, s.icc)
	return t.pack(m, tx)
}

func (t *terminal) reversal(mti string, n terms, s *sale, tx *dukpt.Transaction) ([]byte, error) {
	m := t.financial(mti, n, s.amount, s.sequence)
	ksn := tx.KSN()
	m.Set(48, hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: ksn[:]},
		hostspec.Element{Tag: hostspec.PrivateReason, Value: []byte(hostspec.ReasonUnknown)}))
	m.SetString(90, hostspec.MTIRequest+m.String(11)+m.String(7)+"0000000000000000000000")
	return t.pack(m, tx)
}

// pack encodes and authenticates.
func (t *terminal) pack(m *codec.Message, tx *dukpt.Transaction) ([]byte, error) {
	b, err := t.codec.Pack(m)
	if err != nil {
		return nil, err
	}
	body, room := codec.Split(b)
	tag, err := mac(tx.MACGenerationKey, body)
	copy(room, tag)
	return b, err
}

// read verifies an answer and holds it to its question.
func (t *terminal) read(frame []byte, mti string, n terms, tx *dukpt.Transaction) (*codec.Message, error) {
	body, tag := codec.Split(frame)
	want, err := mac(tx.MACVerificationKey, body)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(tag, want[:len(tag)]) != 1 {
		return nil, errAnswer
	}
	m, err := t.codec.Unpack(frame)
	if err != nil || m.MTI != mti {
		return nil, errAnswer
	}
	raw, _ := m.Get(48)
	private, err := hostspec.ParsePrivate(raw)
	ksn := tx.KSN()
	question := t.start(mti, n)
	if err != nil || !bytes.Equal(hostspec.FindPrivate(private, hostspec.PrivateKSN), ksn[:]) {
		return nil, errAnswer
	}
	for _, number := range []int{11, 13, 37, 41} {
		if m.Has(number) && m.String(number) != question.String(number) {
			return nil, errAnswer
		}
	}
	return m, nil
}
