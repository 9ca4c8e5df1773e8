//! What one can ask of a project: one file a question.
