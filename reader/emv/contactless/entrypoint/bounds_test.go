package entrypoint

import (
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// An endlessKernel sends commands for ever.
type endlessKernel struct{ doneKernel }

func (k *endlessKernel) Next(emv.Input) contactless.Step {
	return contactless.Step{Command: []byte{0, 0xB2, 1, 0x0C, 0}}
}

func TestAKernelThatNeverEndsIsEnded(t *testing.T) {
	b := newBench(t)
	k := &endlessKernel{}
	b.s.kernels = func([]byte) contactless.NewKernel {
		return func(contactless.Activation) (contactless.Kernel, error) { return k, nil }
	}
	b.settle(Start())
	b.settle(Card())
	b.settle(b.both())
	b.settle(b.card(visaFCI))
	for range maxCommands - 3 {
		b.want(b.say(b.card("9000")), "00B2010C00")
	}
	b.want(b.settle(b.card("9000")), tryOther)
	if !k.wiped {
		t.Error("the kernel is not wiped")
	}
}

func TestANameThatNoCardCanHaveIsNotSelected(t *testing.T) {
	b := newBench(t)
	b.settle(Start())
	b.settle(Card())
	long := "4F07" + visaAID + "870101" + "9F290A01020304050607080910"
	b.want(b.settle(b.card(fci(t, long, "4F07"+mastercardAID)+"9000")), cmdMastercard)
}

func TestWithoutAnyKernelNothingStarts(t *testing.T) {
	b := newBench(t)
	b.s.kernels = func([]byte) contactless.NewKernel { return nil }
	b.settle(Start())
	b.settle(Card())
	b.settle(b.both())
	b.want(b.settle(b.card(visaFCI)), cmdMastercard)
	b.want(b.settle(b.card(plainFCI)), tryOther)
}

func TestARestartAtAChecksTheLimitsAgain(t *testing.T) {
	b := newBench(t, contactless.Outcome{Result: contactless.EndApplication, Start: contactless.StartA, OnRestart: &contactless.UI{
		Message: contactless.MessageTryAgain, Status: contactless.UIReadyToRead,
	}})
	b.toKernel()
	b.settle(b.card("9000"))
	b.want(b.settle(Restart(nil)), "show 21/2, on, card?")
	b.want(b.settle(Card()), cmdPPSE)
	b.settle(b.both())
	b.settle(b.card(visaFCI))
	if a := b.kernels[1].a; !a.Restart || a.Start != contactless.StartA || !a.HasTTQ || a.TTQ != [4]byte{0x36, 0, 0x40, 0} {
		t.Errorf("%+v", a)
	}
}
