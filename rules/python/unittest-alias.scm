((call function: (attribute object: (identifier) @self attribute: (identifier) @name) @key) @match
  (#eq? @self "self")
  (#any-of? @name "assertEquals" "assertNotEquals" "assert_" "assertAlmostEquals" "assertNotAlmostEquals" "assertRegexpMatches"
    "assertNotRegexpMatches" "assertRaisesRegexp" "assertItemsEqual" "assertDictContainsSubset" "failUnless" "failIf" "failUnlessEqual" "failIfEqual"
    "failUnlessRaises" "failUnlessAlmostEqual" "failIfAlmostEqual"))
