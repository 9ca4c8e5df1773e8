//! What the core records as markers: local activities, side effects, patches.

use metonic_bridge::protos::{
    constants::{LOCAL_ACTIVITY_MARKER_NAME, PATCH_MARKER_NAME},
    coresdk::common::{decode_change_marker_details, extract_local_activity_marker_data},
    temporal::api::history::v1::MarkerRecordedEventAttributes,
};

use super::{
    shown::{some_failure, some_value},
    step::What,
};
use crate::workflow::SIDE_EFFECT;

/// Nothing for the markers of others, and for an attempt that is followed by another.
pub(super) fn read(marker: &MarkerRecordedEventAttributes) -> Option<What> {
    if marker.marker_name == PATCH_MARKER_NAME {
        let (id, deprecated) = decode_change_marker_details(&marker.details)?;
        return Some(What::Patch { id, deprecated });
    }
    if marker.marker_name != LOCAL_ACTIVITY_MARKER_NAME {
        return None;
    }
    let data = extract_local_activity_marker_data(&marker.details)?;
    if data.backoff.is_some() {
        return None;
    }
    let outcome = match &marker.failure {
        Some(failure) => Err(some_failure(Some(failure))),
        None => Ok(some_value(marker.details.get("result"))),
    };
    Some(if data.activity_type == SIDE_EFFECT {
        What::SideEffect { outcome }
    } else {
        What::LocalActivity { activity_type: data.activity_type, attempt: data.attempt, outcome }
    })
}
