package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// health collects what the gateway knows of itself when it is asked.
type health struct{ Source }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// descriptions are the metrics of health.
type descriptions struct {
	ready, connections, answered, refused, declined, faults, removed *prometheus.Desc
}

func described() descriptions {
	return descriptions{
		ready:       desc("elements_ready", "1 while the secure elements answer."),
		connections: desc("connections", "Terminals that are connected."),
		answered:    desc("messages_answered_total", "Messages that were answered."),
		refused:     desc("messages_refused_total", "Messages that were refused, and their connection closed, by reason.", "reason"),
		declined:    desc("payments_declined_total", "Payments that the issuer declined, by its reason.", "reason"),
		faults:      desc("faults_total", "Answers that were spoilt on purpose, by kind.", "kind"),
		removed:     desc("log_values_removed_total", "Values that were taken out of the log since they looked like a card number."),
	}
}

// Describe implements prometheus.Collector.
func (h *health) Describe(out chan<- *prometheus.Desc) {
	d := described()
	for _, each := range []*prometheus.Desc{d.ready, d.connections, d.answered, d.refused, d.declined, d.faults, d.removed} {
		out <- each
	}
}

// Collect implements prometheus.Collector.
func (h *health) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit/2)
	defer cancel()
	now, d := h.Health(ctx), described()
	ready := 0.0
	if now.Elements {
		ready = 1
	}
	one := func(d *prometheus.Desc, t prometheus.ValueType, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, t, v, labels...)
	}
	one(d.ready, prometheus.GaugeValue, ready)
	one(d.connections, prometheus.GaugeValue, float64(now.Connections))
	one(d.answered, prometheus.CounterValue, float64(now.Answered))
	one(d.removed, prometheus.CounterValue, float64(h.Scrubbed()))
	for reason, n := range now.Refused {
		one(d.refused, prometheus.CounterValue, float64(n), reason)
	}
	for reason, n := range now.Declined {
		one(d.declined, prometheus.CounterValue, float64(n), reason)
	}
	for kind, n := range now.Faults {
		one(d.faults, prometheus.CounterValue, float64(n), string(kind))
	}
}
