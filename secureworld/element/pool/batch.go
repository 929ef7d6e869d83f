package pool

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// TranslatePINs is TranslatePIN for many at once, for who has them already: a frame
// after the other, and no goroutine waits for a single one. The answers and errors are
// in the order of the questions. An end of ctx shows once the attempt under way is over.
func (c *Client) TranslatePINs(ctx context.Context, requests []element.TranslatePIN) ([]element.Translated, []error) {
	answers, errs := make([]element.Translated, len(requests)), make([]error, len(requests))
	for from := 0; from < len(requests); from += maxTogether {
		to := min(from+maxTogether, len(requests))
		together(ctx, c, element.KindTranslatePIN, requests[from:to], answers[from:to], errs[from:to])
	}
	return answers, errs
}

// together asks one frame and waits for all of it.
func together[R, A any](ctx context.Context, c *Client, kind element.Kind, requests []R, answers []A, errs []error) {
	jobs, asked := make([]job, len(requests)), make([]*job, 0, len(requests))
	for i := range requests {
		j := &jobs[i]
		if j.request, errs[i] = element.AppendRequest(make([]byte, 0, ordinary/8), requests[i]); errs[i] != nil {
			errs[i] = element.CodeMalformed
			continue
		}
		j.ctx, j.kind, j.done = ctx, kind, make(chan struct{})
		asked = append(asked, j)
	}
	c.asked.Add(uint64(len(asked)))
	c.carry(asked)
	for i := range jobs {
		if errs[i] == nil {
			<-jobs[i].done
			answers[i], errs[i] = parse[A](&jobs[i])
		}
	}
}
