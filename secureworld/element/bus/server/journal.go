package server

import (
	"fmt"
	"log/slog"
)

// journal passes on warnings and errors. The rest is noise, and traces would show
// subjects and sizes.
type journal struct{ log *slog.Logger }

func (journal) Noticef(string, ...any)           {}
func (journal) Debugf(string, ...any)            {}
func (journal) Tracef(string, ...any)            {}
func (j journal) Warnf(format string, v ...any)  { j.log.Warn(fmt.Sprintf(format, v...)) }
func (j journal) Errorf(format string, v ...any) { j.log.Error(fmt.Sprintf(format, v...)) }
func (j journal) Fatalf(format string, v ...any) { j.log.Error(fmt.Sprintf(format, v...)) }
