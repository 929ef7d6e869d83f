package elements

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// Write draws a star as text.
func Write(out io.Writer, s Star) error {
	fmt.Fprint(out, "star")
	if s.Missing != "" {
		fmt.Fprintf(out, ": unreachable (%s)", s.Missing)
	}
	fmt.Fprintln(out)
	for i, b := range s.Branches {
		end := i == len(s.Branches)-1
		fmt.Fprintf(out, "%s branch %s%s\n", fork(end), cmp.Or(b.Name, "-"), b.Link)
		for j, g := range b.Groups {
			if err := writeGroup(out, trunk(end), j == len(b.Groups)-1, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// String is what the hub says of a branch, to follow its name.
func (l *Link) String() string {
	switch {
	case l == nil:
		return ""
	case !l.Reached:
		return ": its registry does not answer"
	case l.Linked:
		return fmt.Sprintf(": linked, %.0f bytes/s in, %.0f out", l.BytesIn, l.BytesOut)
	}
	return ": at the hub"
}

func fork(end bool) string {
	if end {
		return "└─"
	}
	return "├─"
}

func trunk(end bool) string {
	if end {
		return "   "
	}
	return "│  "
}

func writeGroup(out io.Writer, before string, end bool, g Group) error {
	fmt.Fprintf(out, "%s%s group %s: %s", before, fork(end), cmp.Or(g.Picture.Group, g.Socket), g.State)
	if g.Missing != "" {
		fmt.Fprintf(out, " (%s)", g.Missing)
	}
	if g.Mode != "" {
		fmt.Fprintf(out, ", %s, epoch %d, %s", g.Mode, g.Epoch, g.PerSecond)
	}
	if g.Reason != "" {
		fmt.Fprintf(out, ": %s", g.Reason)
	}
	fmt.Fprintln(out)
	before += trunk(end)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, m := range g.Members {
		r := unknown
		if i < len(g.Elements) {
			r = g.Elements[i]
		}
		fmt.Fprintf(t, "%s%s %s %s\t%s\tanswered %d\twrong %d\tlate %d\t%d µs\t%s\n", before, fork(i == len(g.Members)-1),
			mark(m.Health), m.Make, m.Health, m.Answered, m.Wrong, m.Late, m.MeanUS, r)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	writeCounts(out, before, g.Picture)
	return nil
}

// mark is what health looks like where there are no colours.
func mark(health string) string {
	switch health {
	case "healthy":
		return "●"
	case "suspect", "probation", "aside":
		return "◐"
	}
	return "○"
}

func writeCounts(out io.Writer, before string, p door.Picture) {
	if p.Questions > 0 {
		fmt.Fprintf(out, "%s   %d questions: released %d, refused %d, disagreed %d; audited %d\n", before,
			p.Questions, p.Released, p.Refused, p.Disagreements, p.Audited)
	}
	if p.Because != "" {
		fmt.Fprintf(out, "%s   epoch %d: %s; agreements that failed: %d\n", before, p.Epoch, p.Because, p.Aborts)
	}
	for i := range p.Members {
		writeReason(out, before, &p.Members[i])
	}
	for _, f := range p.Findings {
		fmt.Fprintf(out, "%s   ! %s\n", before, f)
	}
}

// writeReason says why a member is not trusted, and how much went out on its word alone.
func writeReason(out io.Writer, before string, m *door.Member) {
	if m.Reason != "" {
		fmt.Fprintf(out, "%s   %s %s is %s: %s\n", before, m.Make, m.ID, m.Health, m.Reason)
	}
	if m.Unaudited > 0 {
		fmt.Fprintf(out, "%s   %s %s: %d answers on its word alone since another said the same\n", before, m.Make, m.ID, m.Unaudited)
	}
}

// String is "12.5/s", or a dash.
func (r Rate) String() string {
	if r < 0 {
		return "-/s"
	}
	return fmt.Sprintf("%.1f/s", float64(r))
}
