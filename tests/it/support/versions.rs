//! One workflow on two versions of a worker at the same time.

use super::Parts;

/// `t:flow` on the versions `v1` and `v2` of a deployment that is called as the queue; its runs are
/// pinned to the version that they begin on.
pub(crate) const TWO_VERSIONS: Parts<'static> = Parts {
    flow: "",
    functions: "",
    activities: &[],
    options: "",
    worker: "use_versioning: true\ndeployment_name: QUEUE\nbuild_id: v1\ndefault_versioning_behavior: pinned\n",
    client: "",
    entries: "- name: second\n  kind: temporal.worker\n  client: client\n  task_queue: QUEUE\n  \
              worker_options: {use_versioning: true, deployment_name: QUEUE, build_id: v2, \
              default_versioning_behavior: pinned, THE_WAY}\n  lifecycle: {auto_start: true}\n\
              - name: next\n  kind: workflow.lua\n  source: file://flow.lua\n  method: main\n  \
              modules: [workflow, time]\n  meta: {temporal: {workflow: {worker: second, name: 't:flow'}}}\n",
    files: &[],
};
