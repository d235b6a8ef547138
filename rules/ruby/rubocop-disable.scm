((comment) @match
  (#match? @match "#\\s*(rubocop\\s*:\\s*(disable|todo)\\b|standard:disable\\b|steep:ignore\\b|typed:\\s*ignore\\s*$|:reek:\\w)"))
