//! Which children of two spans that match are the same.

use std::cmp::Ordering;

use clew_model::SpanKind;

use super::family::Family;

/// What stands in a row: nodes, by their index in the tree of each trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// One of both traces: before, and after.
    Both(usize, usize),
    /// One that was not there before.
    New(usize),
    /// One that is not there any more.
    Gone(usize),
}

/// What is below a step, or at the top: in the order of `after`, and what is gone behind the sibling that
/// it followed.
pub(super) fn steps(before: &Family<'_>, after: &Family<'_>, below: Option<Step>) -> Vec<Step> {
    let (in_before, in_after) = match below {
        None => (before.children(None), after.children(None)),
        Some(Step::Both(before_at, after_at)) => (
            before.children(Some(before_at)),
            after.children(Some(after_at)),
        ),
        Some(Step::New(after_at)) => (&[][..], after.children(Some(after_at))),
        Some(Step::Gone(before_at)) => (before.children(Some(before_at)), &[][..]),
    };
    let pairs = Pairs::new(before, in_before, after, in_after);
    let mut steps = Vec::with_capacity(in_before.len().max(in_after.len()));
    let gone_from = |steps: &mut Vec<Step>, place: usize| {
        let followers = in_before[place..].iter().zip(&pairs.is_matched[place..]);
        let gone = followers.take_while(|(_, is_matched)| !**is_matched);
        steps.extend(gone.map(|(&index, _)| Step::Gone(index)));
    };
    gone_from(&mut steps, 0);
    for (&index, partner) in in_after.iter().zip(&pairs.partners) {
        match partner {
            Some(place) => {
                steps.push(Step::Both(in_before[*place], index));
                gone_from(&mut steps, place + 1);
            }
            None => steps.push(Step::New(index)),
        }
    }
    steps
}

/// What a span is, but for its name.
type Role<'a> = (Option<&'a str>, SpanKind);

/// What two spans have in common that match.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    role: Role<'a>,
    name: &'a str,
}

/// A child: what it is, and its place among its siblings, which are by start.
type Child<'a> = (Key<'a>, usize);

struct Pairs {
    /// For each child after: the place of the one that it was before.
    partners: Vec<Option<usize>>,
    /// For each child before: whether it is there after.
    is_matched: Vec<bool>,
}

impl Pairs {
    fn new(
        before: &Family<'_>,
        in_before: &[usize],
        after: &Family<'_>,
        in_after: &[usize],
    ) -> Self {
        let mut pairs = Self {
            partners: vec![None; in_after.len()],
            is_matched: vec![false; in_before.len()],
        };
        if in_before.is_empty() || in_after.is_empty() {
            return pairs;
        }
        let mut children_before = sorted(before, in_before);
        let mut children_after = sorted(after, in_after);
        pairs.match_exactly(&children_before, &children_after);
        children_before.retain(|(_, place)| !pairs.is_matched[*place]);
        children_after.retain(|(_, place)| pairs.partners[*place].is_none());
        pairs.match_by_role(&children_before, &children_after);
        pairs
    }

    /// Of those of one key the first with the first, and so on.
    fn match_exactly(&mut self, before: &[Child<'_>], after: &[Child<'_>]) {
        let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
        while let (Some((key_before, place_before)), Some((key_after, place_after))) =
            (before.peek(), after.peek())
        {
            let order = key_before.cmp(key_after);
            if order == Ordering::Equal {
                self.add(*place_before, *place_after);
            }
            if order != Ordering::Greater {
                before.next();
            }
            if order != Ordering::Less {
                after.next();
            }
        }
    }

    /// Names that hold ids differ. Where each side has one child left of a role, it is that; of several,
    /// nobody knows which is which.
    fn match_by_role(&mut self, before: &[Child<'_>], after: &[Child<'_>]) {
        let mut before = by_role(before).peekable();
        for of_role in by_role(after) {
            let role = of_role[0].0.role;
            while before.next_if(|others| others[0].0.role < role).is_some() {}
            let same = before.next_if(|others| others[0].0.role == role);
            if let (Some([(_, place_before)]), [(_, place_after)]) = (same, of_role) {
                self.add(*place_before, *place_after);
            }
        }
    }

    fn add(&mut self, place_before: usize, place_after: usize) {
        self.is_matched[place_before] = true;
        self.partners[place_after] = Some(place_before);
    }
}

/// The children by what they are, and those that are the same by start.
fn sorted<'a>(family: &Family<'a>, children: &[usize]) -> Vec<Child<'a>> {
    let child = |(place, &index): (usize, &usize)| {
        let span = family.nodes()[index].span;
        let key = Key {
            role: (span.service_name(), span.kind),
            name: &span.name,
        };
        (key, place)
    };
    let mut children: Vec<Child<'_>> = children.iter().enumerate().map(child).collect();
    children.sort_unstable();
    children
}

/// Neighbours of one role, each time at least one.
fn by_role<'a, 'b>(children: &'b [Child<'a>]) -> impl Iterator<Item = &'b [Child<'a>]> {
    children.chunk_by(|(one, _), (other, _)| one.role == other.role)
}
