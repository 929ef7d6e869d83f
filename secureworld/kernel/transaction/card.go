package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

func (c *Core) onReader(e Event) {
	switch e := e.(type) {
	case ReaderUp:
		c.reader.connected, c.reader.ready, c.reader.card = true, e.Ready, false
	case ReaderDown:
		c.onReaderDown()
	case ReaderProgress:
		c.onProgress(e)
	case ReaderVerify:
		c.onVerify(e)
	case ReaderVerifyOffline:
		c.onVerifyOffline(e)
	case ReaderChoose:
		c.onChoose(e)
	case ReaderOnline:
		c.onOnline(e)
	case ReaderFinished:
		c.onFinished(e)
	case ReaderFailed:
		c.onFailed(e)
	}
}

func (c *Core) onReaderDown() {
	c.reader.connected, c.reader.ready, c.reader.card = false, false, false
	if p := c.active; p != nil && p.needsReader() {
		c.abandon(p, payment.OutcomeFailed, payment.FailureReaderUnavailable)
	}
}

// needsReader: a card that was tapped or swiped has left before the host answers,
// and one that is keyed in was never there.
func (p *entry) needsReader() bool {
	return !p.start.Keyed && !p.cardless() && (p.phase < phaseHost && p.phase != phaseSealing || p.atCard() && p.phase >= phaseHost)
}

func (c *Core) onProgress(e ReaderProgress) {
	switch e.Stage {
	case sred.StageReaderReady:
		c.reader.ready = true
	case sred.StageReaderLost:
		c.reader.ready, c.reader.card = false, false
	case sred.StageCardPresent, sred.StageCardInserted, sred.StageTapped:
		c.reader.card = true
	case sred.StageCardGone:
		c.reader.card = false
	}
	if p := c.of(e.Order); p != nil && p.phase == phaseCard {
		c.prompt(p, e.Stage)
	}
}

func (c *Core) prompt(p *entry, s sred.Stage) {
	if p.view.Version >= maxPrompted {
		return
	}
	switch s {
	case sred.StageCardInserted:
		p.view.Status, p.view.Stage = payment.StatusReadingCard, payment.StageCardInserted
	case sred.StageReading:
		p.view.Status = payment.StatusReadingCard
	case sred.StageRemoveCard, sred.StageCardPresent:
		p.view.Stage = payment.StageRemoveCard
	case sred.StageCardGone:
		if p.view.Stage != payment.StageRemoveCard {
			return
		}
		p.view.Stage = payment.StagePresentCard
	default:
		stage, known := prompts()[s]
		if !known {
			return
		}
		p.view.Stage = stage
	}
	c.notify(p)
}

// prompts are the stages that change nothing but what people are told.
func prompts() map[sred.Stage]payment.Stage {
	return map[sred.Stage]payment.Stage{
		sred.StageTapped:        payment.StageCardTapped,
		sred.StageSwiped:        payment.StageCardSwiped,
		sred.StageUseChip:       payment.StageReadErrorUseChip,
		sred.StageUseStripe:     payment.StageUseStripe,
		sred.StageInsertOrSwipe: payment.StageInsertOrSwipe,
		sred.StageTapAgain:      payment.StageTapAgain,
		sred.StageSeePhone:      payment.StageSeePhone,
		sred.StageOneCardOnly:   payment.StageOneCardOnly,
		sred.StageReadAgain:     payment.StageReadAgain,
	}
}

// takeKSN refuses an envelope that is not the next one of this reader, and makes
// the KSN durable before its key is used.
func (c *Core) takeKSN(p *entry, e sred.Envelope, number uint8) bool {
	if e.Number != number {
		c.counters.Envelopes++
		c.abandon(p, payment.OutcomeFailed, payment.FailureEnvelopeRefused)
		return false
	}
	return c.takeCounter(p, e.KSN)
}

func (c *Core) takeCounter(p *entry, ksn [12]byte) bool {
	n := counterOf(ksn)
	if [8]byte(ksn[:8]) != c.cfg.ReaderKey || n <= c.readerTop {
		c.counters.Envelopes++
		c.abandon(p, payment.OutcomeFailed, payment.FailureEnvelopeRefused)
		return false
	}
	c.readerTop = n
	c.write(Used{Reader: c.readerTop, PINPad: c.pinTop})
	return true
}

func (c *Core) onVerify(e ReaderVerify) {
	p := c.of(e.Order)
	if p == nil || p.phase != phaseCard {
		c.counters.Unpermitted++
		return
	}
	if !c.takeKSN(p, e.Envelope, sred.NumberVerify) {
		return
	}
	p.phase = phasePAN
	c.stopTimer(TimerCard)
	c.setTimer(TimerWork, c.cfg.WorkWait)
	c.do(SealPAN{Order: p.order, Counter: uint64(p.terms.RRN), Envelope: e.Envelope})
}

func (c *Core) onPANSealed(e PANSealed) {
	p := c.of(e.Order)
	if p == nil || p.phase != phasePAN {
		return
	}
	c.stopTimer(TimerWork)
	if !c.pinpad.connected {
		c.abandon(p, payment.OutcomeFailed, payment.FailurePINPadUnavailable)
		return
	}
	p.phase = phasePIN
	p.view.Status, p.view.Stage = payment.StatusAwaitingPIN, payment.StageEnterPIN
	c.do(c.askPIN(p, e.Sealed))
	c.setTimer(TimerPIN, c.cfg.PINWait+Slack)
	c.notify(p)
}

func (c *Core) onPINPad(e Event) {
	switch e := e.(type) {
	case PINPadUp:
		c.pinpad.connected = true
	case PINPadDown:
		c.pinpad.connected = false
		if p := c.active; p != nil && p.atPINPad() {
			c.abandon(p, payment.OutcomeFailed, payment.FailurePINPadUnavailable)
		}
	case PINEntered:
		c.onPINEntered(e)
	case PINEnciphered:
		c.onPINEnciphered(e)
	case Chosen:
		c.onChosen(e)
	case Confirmed:
		c.onConfirmed(e)
	case CardKeyed:
		c.onCardKeyed(e)
	case PINFailed:
		c.onPINFailed(e)
	}
}

// atPINPad: the PIN pad has been ordered to do something.
func (p *entry) atPINPad() bool {
	switch p.phase {
	case phasePIN, phaseOffline, phaseChoice, phaseKeying, phaseConfirm:
		return true
	}
	return false
}

func (c *Core) onPINEntered(e PINEntered) {
	p := c.of(sred.OrderID(e.Order))
	if p == nil || p.phase != phasePIN {
		c.counters.Unpermitted++
		return
	}
	n := counterOf(e.KSN)
	if n <= c.pinTop {
		c.counters.Envelopes++
		c.abandon(p, payment.OutcomeFailed, payment.FailureEnvelopeRefused)
		return
	}
	c.pinTop = n
	c.write(Used{Reader: c.readerTop, PINPad: c.pinTop})
	c.stopTimer(TimerPIN)
	p.hasPIN, p.pinKSN, p.pinBlock = true, e.KSN, e.Block
	c.backToCard(p)
	p.view.Status, p.view.Stage = payment.StatusReadingCard, payment.StagePINEntered
	c.do(TellPIN{sred.PINDone{Order: p.order, Result: sred.PINEntered}})
	c.notify(p)
}

// backToCard waits for envelope 2.
func (c *Core) backToCard(p *entry) {
	p.phase = phaseCard
	c.setTimer(TimerCard, c.cfg.FinishWait)
}

func (c *Core) onPINFailed(e PINFailed) {
	p := c.of(sred.OrderID(e.Order))
	if p == nil || !p.atPINPad() {
		return
	}
	switch e.Code {
	case pinentry.CodeCanceled:
		c.abandon(p, payment.OutcomeCanceled, payment.FailureCanceledByCustomer)
	case pinentry.CodeTimeout:
		c.abandon(p, payment.OutcomeCanceled, payment.FailurePINTimeout)
	default:
		c.abandon(p, payment.OutcomeFailed, payment.FailurePINPadUnavailable)
	}
}

func (c *Core) onFailed(e ReaderFailed) {
	p := c.of(e.Order)
	if p == nil || !p.needsReader() {
		return
	}
	outcome, failure := failureOf(e.Code)
	c.abandon(p, outcome, failure)
}

func failureOf(code sred.Code) (payment.Outcome, payment.Failure) {
	switch code {
	case sred.CodeTimeout:
		return payment.OutcomeCanceled, payment.FailureCardTimeout
	case sred.CodeStopped:
		return payment.OutcomeCanceled, payment.FailureCanceledByMerchant
	case sred.CodeCardRemoved:
		return payment.OutcomeFailed, payment.FailureCardRemoved
	case sred.CodeCardError:
		return payment.OutcomeFailed, payment.FailureCardError
	case sred.CodeNotAccepted, sred.CodeUseChip:
		return payment.OutcomeFailed, payment.FailureCardNotAccepted
	case sred.CodeNotPayment:
		return payment.OutcomeFailed, payment.FailureNotPaymentCard
	case sred.CodeReaderLost, sred.CodeKeyExhausted:
		return payment.OutcomeFailed, payment.FailureReaderUnavailable
	}
	return payment.OutcomeFailed, payment.FailureInternal
}
