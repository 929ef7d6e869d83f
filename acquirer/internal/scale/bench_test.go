package scale_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
	"github.com/strongroom-pos/strongroom/acquirer/internal/scale"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
)

// What the figures are measured with.
const (
	benchClients = 8
	benchSales   = 250 // of each client
	pgbenchScale = "10"
	pgbenchTime  = "6"
)

// Sales per second on one node and on two, beside what pgbench does on the same database
// with as many clients, and beside an echo of ISO 8583 that keeps nothing: one run, the
// same machine. make bench-acquirer prints it as a table.
func BenchmarkSalesBesidePgbenchAndAnEcho(b *testing.B) {
	server, err := testdb.StartIn("") // a disk's figures, not memory's
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Stop)
	s := scale.NewSite(b, server, server.Name(b), benchClients)
	s.Node()
	for range b.N {
		one := s.Sales(benchClients, benchSales)
		two := func() float64 { s.Node(); return s.Sales(benchClients, benchSales) }()
		pg, echo := pgbench(b, server), echoes(b)
		b.ReportMetric(one, "sales/s")
		b.ReportMetric(two, "sales/s-two-nodes")
		b.ReportMetric(pg, "pgbench/s")
		b.ReportMetric(echo, "echoes/s")
		fmt.Printf("\n%d cores, %d clients, PostgreSQL on disk with fsync\n\n", runtime.NumCPU(), benchClients)
		fmt.Println("| what | per second | of pgbench | of the echo |\n|---|---|---|---|")
		for _, r := range []struct {
			name string
			rate float64
		}{{"sales, one node", one}, {"sales, two nodes", two}, {"`pgbench`, tpcb-like", pg}, {"`moov-io/iso8583` echo, TLS 1.3", echo}} {
			fmt.Printf("| %s | %.0f | %.2f | %.3f |\n", r.name, r.rate, r.rate/pg, r.rate/echo)
		}
	}
}

// pgbench is PostgreSQL's own measure: TPC-B-like transactions of five statements.
func pgbench(b *testing.B, server *testdb.Server) float64 {
	b.Helper()
	run := func(args ...string) string {
		out, err := exec.Command(server.Program("pgbench"), append(args, "-h", server.Folder(), "-U", "acquirer", "postgres")...).CombinedOutput() //nolint:gosec,noctx // Debian's
		if err != nil {
			b.Fatalf("pgbench: %v\n%s", err, out)
		}
		return string(out)
	}
	run("-i", "-q", "-s", pgbenchScale)
	out := run("-c", strconv.Itoa(benchClients), "-j", "2", "-T", pgbenchTime)
	_, rest, _ := strings.Cut(out, "tps = ")
	number, _, _ := strings.Cut(rest, " ")
	tps, err := strconv.ParseFloat(number, 64)
	if err != nil {
		b.Fatalf("pgbench said:\n%s", out)
	}
	return tps
}

// asciiSpec is the plain form that the library's users begin with: text, and a bitmap of
// eight bytes.
func asciiSpec() *iso8583.MessageSpec {
	fields := map[int]field.Field{
		0: field.NewString(&field.Spec{Length: 4, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed}),
		1: field.NewBitmap(&field.Spec{Enc: encoding.Binary, Pref: prefix.Hex.Fixed}),
	}
	for number, length := range map[int]int{
		3: 6, 4: 12, 7: 10, 11: 6, 12: 6, 13: 4, 22: 3, 25: 2, 37: 12, 39: 2, 41: 8, 42: 15, 49: 3,
	} {
		fields[number] = field.NewString(&field.Spec{Length: length, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed})
	}
	for _, number := range []int{48, 55} {
		fields[number] = field.NewString(&field.Spec{Length: 999, Enc: encoding.ASCII, Pref: prefix.ASCII.LLL})
	}
	return &iso8583.MessageSpec{Fields: fields}
}

// echoes unpacks a 0200 and packs a 0210, over TLS and no more: what the library and the
// line take.
func echoes(b *testing.B) float64 {
	b.Helper()
	config, spec := scale.EchoTLS(b), asciiSpec()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go echo(conn, spec)
		}
	}()
	question := sale(b, spec)
	const each = 2000
	var all sync.WaitGroup
	begin := time.Now()
	for range benchClients {
		all.Go(func() {
			conn, err := tls.Dial("tcp", l.Addr().String(), config)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close() //nolint:errcheck // nothing is left to be done
			for range each {
				if hostframe.Write(conn, question) != nil {
					b.Error("the echo ended")
					return
				}
				if _, err := hostframe.Read(conn); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return benchClients * each / time.Since(begin).Seconds()
}

func echo(conn net.Conn, spec *iso8583.MessageSpec) {
	defer conn.Close() //nolint:errcheck // nothing is left to be done
	for {
		frame, err := hostframe.Read(conn)
		if err != nil {
			return
		}
		m := iso8583.NewMessage(spec)
		if m.Unpack(frame) != nil {
			return
		}
		m.MTI("0210")
		if m.Field(39, "00") != nil {
			return
		}
		answer, err := m.Pack()
		if err != nil || hostframe.Write(conn, answer) != nil {
			return
		}
	}
}

func sale(b *testing.B, spec *iso8583.MessageSpec) []byte {
	b.Helper()
	m := iso8583.NewMessage(spec)
	m.MTI("0200")
	for number, value := range map[int]string{
		3: "000000", 4: "000000001299", 7: "0102030405", 11: "000001", 12: "040506", 13: "0102", 22: "051", 25: "00",
		37: "000000000001", 41: "TERM0001", 42: "MERCHANT0000001", 48: strings.Repeat("A", 90), 49: "978", 55: strings.Repeat("B", 120),
	} {
		if err := m.Field(number, value); err != nil {
			b.Fatal(err)
		}
	}
	packed, err := m.Pack()
	if err != nil {
		b.Fatal(err)
	}
	return packed
}
