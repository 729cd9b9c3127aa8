//! RSA keys whose secret is none: the modulus is a product of small primes, so that anyone signs, and signs anything.
//!
//! A verifier cannot tell and must not care; it is how encodings are shown to it that no honest signer would make.

use num_bigint::BigUint;
use sha2::Digest;

/// A modulus of so many bits with its primes, and an exponent.
pub struct OpenKey {
    bits: usize,
    n: BigUint,
    e: u64,
    primes: Vec<u64>,
}

impl OpenKey {
    /// Fails only by running forever, for an exponent that no prime suits: an even one.
    pub fn new(bits: usize, e: u64) -> Self {
        let mut primes = Vec::new();
        let (mut left, mut next) = (bits, (1_u64 << 32) - 1);
        while left > 64 {
            primes.push(prime_below(next, e));
            next = primes[primes.len() - 1] - 2;
            left -= 32;
        }
        // Between 33 and 64 bits, so none that is there already.
        primes.push(prime_below(u64::MAX >> (64 - left), e));
        let n = primes.iter().map(|prime| BigUint::from(*prime)).product::<BigUint>();
        assert_eq!(usize::try_from(n.bits()), Ok(bits));
        Self { bits, n, e, primes }
    }

    /// Modulus, big-endian.
    pub fn n(&self) -> Vec<u8> {
        self.n.to_bytes_be()
    }

    /// Exponent, big-endian.
    pub fn e(&self) -> Vec<u8> {
        BigUint::from(self.e).to_bytes_be()
    }

    /// Bits of the modulus.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// What opens to this encoded message (RFC 8017 section 5.2.1), taken modulo n; as long as the modulus.
    pub fn sign(&self, encoded: &[u8]) -> Vec<u8> {
        let message = BigUint::from_bytes_be(encoded);
        let (mut root, mut product) = (BigUint::ZERO, BigUint::from(1_u8));
        for prime in self.primes.iter().copied() {
            let exponent = inverse(self.e % (prime - 1), prime - 1);
            let wanted = power(low(&message, prime), exponent, prime);
            let there = low(&root, prime);
            let missing = if wanted < there { prime - (there - wanted) } else { wanted - there };
            root += &product * multiply(missing, inverse(low(&product, prime), prime), prime);
            product *= prime;
        }
        let bytes = root.to_bytes_be();
        [vec![0; self.bits.div_ceil(8) - bytes.len()], bytes].concat()
    }
}

fn low(number: &BigUint, modulus: u64) -> u64 {
    u64::try_from(number % modulus).expect("a remainder fits")
}

fn multiply(one: u64, other: u64, modulus: u64) -> u64 {
    u64::try_from(u128::from(one) * u128::from(other) % u128::from(modulus)).expect("a remainder fits")
}

fn power(mut base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let mut value = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            value = multiply(value, base, modulus);
        }
        base = multiply(base, base, modulus);
        exponent >>= 1;
    }
    value
}

/// By Euclid's algorithm; the two have no divisor in common.
fn inverse(value: u64, modulus: u64) -> u64 {
    let (mut a, mut b) = (i128::from(value), i128::from(modulus));
    let (mut x, mut y) = (1, 0);
    while b != 0 {
        let quotient = a / b;
        (a, b) = (b, a % b);
        (x, y) = (y, x - quotient * y);
    }
    assert_eq!(a, 1);
    u64::try_from(x.rem_euclid(i128::from(modulus))).expect("a remainder fits")
}

fn prime_below(from: u64, e: u64) -> u64 {
    let coprime = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    let odd = (from - 1) | 1;
    (0..).map(|step| odd - 2 * step).find(|number| is_prime(*number) && coprime(number - 1, e)).expect("there are many")
}

/// Miller and Rabin's test; these bases leave no doubt below 2^64 (Sorenson and Webster, 2015).
fn is_prime(number: u64) -> bool {
    let twos = (number - 1).trailing_zeros();
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37].into_iter().all(|base| {
        let mut value = power(base, (number - 1) >> twos, number);
        if value == 1 || value == number - 1 {
            return true;
        }
        (1..twos).any(|_| {
            value = multiply(value, value, number);
            value == number - 1
        })
    })
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) around a DigestInfo up to its digest.
pub fn pkcs1<D: Digest>(message: &[u8], digest_info: &[u8], length: usize) -> Vec<u8> {
    let tail = [&[0], digest_info, &D::digest(message)].concat();
    [vec![0, 1], vec![0xff; length - 2 - tail.len()], tail].concat()
}

/// DigestInfo up to the digest (RFC 8017 section 9.2, note 1); the hash is the last number of its identifier.
pub fn digest_info(hash: u8, length: u8) -> Vec<u8> {
    vec![0x30, 17 + length, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, hash, 5, 0, 4, length]
}

/// EMSA-PSS (RFC 8017 section 9.1.1) with MGF1 on the same hash, for a modulus of so many bits; as long as the modulus.
pub fn pss<D: Digest>(message: &[u8], salt: &[u8], modulus_bits: usize) -> Vec<u8> {
    let length = (modulus_bits - 1).div_ceil(8);
    let hash = D::new().chain_update([0; 8]).chain_update(D::digest(message)).chain_update(salt).finalize();
    let padding = vec![0; length - hash.len() - 1 - salt.len() - 1];
    let mut block = [padding, vec![1], salt.to_vec()].concat();
    let masks =
        (0_u32..).flat_map(|counter| D::new().chain_update(&hash).chain_update(counter.to_be_bytes()).finalize());
    block.iter_mut().zip(masks).for_each(|(byte, mask)| *byte ^= mask);
    block[0] &= 0xff >> (8 * length - (modulus_bits - 1));
    [vec![0; modulus_bits.div_ceil(8) - length], block, hash.to_vec(), vec![0xbc]].concat()
}
