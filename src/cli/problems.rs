//! Shows what is wrong with a project on stderr, for the commands whose answer is another.

use super::{Exit, output};
use crate::{diag::Diagnostic, registry::Loaded};
