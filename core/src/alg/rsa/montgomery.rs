//! Powers modulo an odd number by Montgomery's method (P. L. Montgomery, 1985).
//!
//! All values are public, so time may depend on them. Numbers are limbs, least significant first.

/// One limb: what the machine multiplies at once.
#[cfg(target_pointer_width = "64")]
pub(super) type Limb = u64;
#[cfg(target_pointer_width = "64")]
type Double = u128;
#[cfg(target_pointer_width = "64")]
pub(super) const LIMB_BITS: usize = 64;

/// One limb: what the machine multiplies at once.
#[cfg(not(target_pointer_width = "64"))]
pub(super) type Limb = u32;
#[cfg(not(target_pointer_width = "64"))]
type Double = u64;
#[cfg(not(target_pointer_width = "64"))]
pub(super) const LIMB_BITS: usize = 32;

/// An odd modulus n of at most `M` limbs, with the constants for reduction. R stands for 2^(bits of all its limbs).
#[derive(Clone)]
pub(super) struct Modulus<const M: usize> {
    n: [Limb; M],
    /// R² mod n, which brings a number into Montgomery's form.
    r2: [Limb; M],
    /// -1/n mod 2^LIMB_BITS, for the reduction.
    inverse: Limb,
    limbs: usize,
    bits: usize,
}

/// All else follows from n.
impl<const M: usize> PartialEq for Modulus<M> {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n
    }
}

impl<const M: usize> Modulus<M> {
    /// Accepts an odd, big-endian number of exactly so many bits, at least 2 and no more than fit.
    pub(super) fn new(bytes: &[u8], bits: usize) -> Self {
        let limbs = bits.div_ceil(LIMB_BITS);
        let mut modulus = Self { n: [0; M], r2: [0; M], inverse: 0, limbs, bits };
        load(bytes, &mut modulus.n);
        modulus.inverse = negative_inverse(modulus.n.first().copied().unwrap_or_default());
        modulus.prepare_r2();
        modulus
    }

    pub(super) fn bits(&self) -> usize {
        self.bits
    }

    fn n(&self) -> &[Limb] {
        self.n.get(..self.limbs).unwrap_or_default()
    }

    /// Doubles 2^(bits-1), which is below n, up to 2^limbs · R; squaring that in Montgomery form takes it to R · R,
    /// since 2^limbs to the power of LIMB_BITS is R.
    fn prepare_r2(&mut self) {
        let mut value = [0; M];
        if let Some(top) = value.get_mut((self.bits - 1) / LIMB_BITS) {
            *top = 1 << ((self.bits - 1) % LIMB_BITS);
        }
        if let Some(value) = value.get_mut(..self.limbs) {
            for _ in self.bits - 1..self.limbs * LIMB_BITS + self.limbs {
                double(value, self.n());
            }
            let mut product = [[0; M]; 2];
            if let Some(product) = product.as_flattened_mut().get_mut(..2 * self.limbs) {
                for _ in 0..LIMB_BITS.trailing_zeros() {
                    square(product, value);
                    self.reduce(product, value);
                }
            }
        }
        self.r2 = value;
    }

    /// Raises a big-endian number to an odd exponent of at least 3. Returns false, without any work, unless it is below
    /// n.
    ///
    /// `L` is the available number of limbs, at least that of n.
    pub(super) fn pow<const L: usize>(&self, base: &[u8], exponent: u64, out: &mut [Limb; L]) -> bool {
        let mut base_limbs = [0; L];
        load(base, &mut base_limbs);
        let mut product = [[0; L]; 2];
        let (Some(base), Some(value), Some(product), Some(r2)) = (
            base_limbs.get(..self.limbs),
            out.get_mut(..self.limbs),
            product.as_flattened_mut().get_mut(..2 * self.limbs),
            self.r2.get(..self.limbs),
        ) else {
            return false;
        };
        if !below(base, self.n()) {
            return false;
        }
        multiply(product, base, r2);
        self.reduce(product, value);
        let mut form = [0; L];
        let Some(form) = form.get_mut(..self.limbs) else { return false };
        form.copy_from_slice(value);
        // From the bit below the highest down to bit 1; bit 0 is set, and its multiplication by the plain base
        // leaves Montgomery form.
        for bit in (1..exponent.ilog2()).rev() {
            square(product, value);
            self.reduce(product, value);
            if exponent >> bit & 1 == 1 {
                multiply(product, value, form);
                self.reduce(product, value);
            }
        }
        square(product, value);
        self.reduce(product, value);
        multiply(product, value, base);
        self.reduce(product, value);
        true
    }

    /// Writes product / R mod n to `out`; overwrites the product.
    fn reduce(&self, product: &mut [Limb], out: &mut [Limb]) {
        let n = self.n();
        let mut top = false;
        for index in 0..n.len() {
            let Some((last, row)) = product.get_mut(index..=index + n.len()).and_then(<[Limb]>::split_last_mut) else {
                return;
            };
            let factor = row.first().copied().unwrap_or_default().wrapping_mul(self.inverse);
            let carry = add_multiple(row, factor, n);
            let (sum, first) = last.overflowing_add(carry);
            let (sum, second) = sum.overflowing_add(Limb::from(top));
            *last = sum;
            top = first || second;
        }
        let Some(high) = product.get(n.len()..) else { return };
        out.copy_from_slice(high);
        if top || !below(out, n) {
            subtract(out, n);
        }
    }
}

/// Converts big-endian bytes to limbs; the bytes fit, and further limbs stay zero.
fn load(bytes: &[u8], limbs: &mut [Limb]) {
    for (chunk, limb) in bytes.rchunks(size_of::<Limb>()).zip(limbs) {
        *limb = chunk.iter().fold(0, |value, byte| value << 8 | Limb::from(*byte));
    }
}

/// Returns -1/n for odd n, by Newton's iteration, which doubles the correct bits each time: 3, 6, 12, 24, 48, 96.
fn negative_inverse(n: Limb) -> Limb {
    let mut inverse = n;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(Limb::wrapping_sub(2, n.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

fn below(one: &[Limb], other: &[Limb]) -> bool {
    one.iter().rev().lt(other.iter().rev())
}

fn subtract(from: &mut [Limb], what: &[Limb]) {
    let mut borrow = false;
    for (limb, other) in from.iter_mut().zip(what) {
        let (difference, first) = limb.overflowing_sub(*other);
        let (difference, second) = difference.overflowing_sub(Limb::from(borrow));
        *limb = difference;
        borrow = first || second;
    }
}

/// Doubles a number below n, modulo n.
fn double(value: &mut [Limb], n: &[Limb]) {
    let mut carry = 0;
    for limb in value.iter_mut() {
        let next = *limb >> (LIMB_BITS - 1);
        *limb = *limb << 1 | carry;
        carry = next;
    }
    if carry == 1 || !below(value, n) {
        subtract(value, n);
    }
}

/// Splits into low and high half.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "truncation is the purpose; no conversion expresses it"
)]
#[inline(always)]
fn split(value: Double) -> (Limb, Limb) {
    (value as Limb, (value >> LIMB_BITS) as Limb)
}

/// Adds factor · what to a row of the same length and returns the carry.
#[inline(always)]
fn add_multiple(row: &mut [Limb], factor: Limb, what: &[Limb]) -> Limb {
    let mut carry = 0;
    for (limb, other) in row.iter_mut().zip(what) {
        // Cannot overflow: (b-1)² + 2(b-1) = b² - 1.
        (*limb, carry) = split(Double::from(*limb) + Double::from(factor) * Double::from(*other) + Double::from(carry));
    }
    carry
}

#[inline(never)]
fn multiply(product: &mut [Limb], one: &[Limb], other: &[Limb]) {
    product.fill(0);
    for (index, factor) in one.iter().enumerate() {
        let row = product.get_mut(index..=index + other.len()).and_then(<[Limb]>::split_last_mut);
        let Some((last, row)) = row else { return };
        *last = add_multiple(row, *factor, other);
    }
}

/// Computes the products of unlike limbs once, doubles them, then adds the squares.
#[inline(never)]
fn square(product: &mut [Limb], value: &[Limb]) {
    product.fill(0);
    let mut rest = value;
    let mut index = 0;
    while let Some((factor, others)) = rest.split_first() {
        let start = 2 * index + 1;
        let row = product.get_mut(start..=start + others.len()).and_then(<[Limb]>::split_last_mut);
        if let Some((last, row)) = row {
            *last = add_multiple(row, *factor, others);
        }
        (rest, index) = (others, index + 1);
    }
    let (mut shifted, mut carry) = (0, 0);
    let (pairs, _) = product.as_chunks_mut::<2>();
    for ([low, high], limb) in pairs.iter_mut().zip(value) {
        let (square_low, square_high) = split(Double::from(*limb) * Double::from(*limb));
        let twice_low = *low << 1 | shifted;
        let twice_high = *high << 1 | *low >> (LIMB_BITS - 1);
        shifted = *high >> (LIMB_BITS - 1);
        (*low, carry) = split(Double::from(twice_low) + Double::from(square_low) + Double::from(carry));
        (*high, carry) = split(Double::from(twice_high) + Double::from(square_high) + Double::from(carry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schoolbook: (a · b) mod n on u128.
    fn plain_pow(base: u128, exponent: u64, n: u128) -> u128 {
        let multiply = |mut a: u128, mut b: u128| {
            let mut sum = 0_u128;
            while b > 0 {
                if b & 1 == 1 {
                    sum = (sum + a) % n;
                }
                a = a * 2 % n;
                b >>= 1;
            }
            sum
        };
        (0..exponent).fold(1, |value, _| multiply(value, base))
    }

    #[test]
    fn powers_agree_with_schoolbook_arithmetic() {
        let mut state = 1_u128;
        for round in 0..400 {
            state = state.wrapping_mul(0xda94_2042_e4dd_58b5_a0b4_28db_9e3c_7f21).wrapping_add(0x9e37_79b9);
            let bits = 70 + round % 57;
            let n = (state >> (127 - bits)) & ((1 << bits) - 1) | 1 | 1 << (bits - 1);
            let modulus = Modulus::<4>::new(&n.to_be_bytes()[16 - (bits as usize).div_ceil(8)..], bits as usize);
            for base in [0, 1, 2, n - 1, n / 2, state % n] {
                for exponent in [3, 5, 17, 33] {
                    let mut out = [0; 4];
                    assert!(modulus.pow(&base.to_be_bytes(), exponent, &mut out));
                    let value = out
                        .iter()
                        .rev()
                        .fold(0_u128, |value, limb| value << 32 << (LIMB_BITS - 32) | u128::from(*limb));
                    assert_eq!(value, plain_pow(base, exponent, n), "{base}^{exponent} mod {n}");
                }
            }
            for base in [n, n + 1, u128::MAX] {
                assert!(!modulus.pow(&base.to_be_bytes(), 3, &mut [0; 4]));
            }
        }
    }
}
