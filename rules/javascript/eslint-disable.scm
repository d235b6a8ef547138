((comment) @match
  (#match? @match "^(//|/\\*+)\\s*(eslint-disable(-next-line|-line)?|oxlint-disable(-next-line|-line)?|tslint:disable(-next-line|-line)?|biome-ignore(-all|-start)?|jshint ignore|jscs:disable|standard-ignore|deno-lint-ignore(-file)?)([\\s:*]|$)"))
((comment) @match
  (#match? @match "^/\\*\\s*eslint\\s+(?![^*]*(error|warn|[12]))[^*]*:\\s*[\\[\"']*(off|0)\\b"))
