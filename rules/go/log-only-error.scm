((if_statement
  condition: (binary_expression left: (identifier) @error operator: "!=" right: (nil))
  consequence: (block (statement_list . (expression_statement (call_expression function: (selector_expression operand: (_) @logger field: (field_identifier) @call)) ) .))
  !alternative) @match
  (#match? @error "(?i)^(e|\\w*err(or)?[0-9]*)$")
  (#match? @call "^(Print|Println|Printf|Debug|Info|Warn|Warning|Error|Debugf|Infof|Warnf|Warningf|Errorf|Debugw|Infow|Warnw|Errorw|Fprintf|Fprintln)$")
  (#match? @logger "^(fmt|log|slog|logrus|glog|klog|zap\\.\\w+\\(\\)|([\\w.]+\\.)?(\\w*[lL]og|\\w*[lL]ogger|sugar|lgr)(\\(\\))?)$")
  (#not-match? @match "^if [^{]*\\.(Close|Remove|RemoveAll|Shutdown|Stop|Rollback|Flush|Sync)\\("))
