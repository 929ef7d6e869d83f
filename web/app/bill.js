// The arithmetic of a sale, in whole minor units and without the page: lines, tip
// and shares. Nothing is rounded twice, and shares always add up to the whole.

export const sumOf = (lines) => lines.reduce((sum, l) => sum + l.amount * l.count, 0);

// tipOf is a share of an amount, per cent.
export const tipOf = (amount, percent) => Math.round(amount * percent / 100);

// shareOf is what the next of several pays.
export const shareOf = (due, left) => Math.ceil(due / Math.max(1, left));

// sharesOf are all of them: they differ by one at most, and the larger ones come first.
export function sharesOf(total, people) {
  const shares = [];
  for (let left = people, due = total; left > 0; left--) {
    const next = shareOf(due, left);
    shares.push(next);
    due -= next;
  }
  return shares;
}

// begin makes a bill of a sum that several pay.
export const begin = (total, people) => ({ total, people, paid: {}, full: 0 });

export const dueOf = (bill) => bill.total - Object.values(bill.paid).reduce((a, b) => a + b, 0);
export const nextShare = (bill) => shareOf(dueOf(bill), bill.people - bill.full);

// settle enters what a payment brought, once, however often it is told. What was
// approved pays the bill before the tip and the cash.
export function settle(bill, p) {
  if (Object.hasOwn(bill.paid, p.id) || !(p.approved_amount > 0)) return bill;
  const paid = Math.min(p.amount - p.tip - p.cashback, p.approved_amount, dueOf(bill));
  const whole = p.approved_amount === p.amount;
  return { ...bill, paid: { ...bill.paid, [p.id]: paid }, full: Math.min(bill.people - 1, bill.full + (whole ? 1 : 0)) };
}
