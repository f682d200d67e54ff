/* SPDX-License-Identifier: BSD-2-Clause */
/* The results of a run as one HTML page that needs nothing else. */
#ifndef CONFORM_HTML_H
#define CONFORM_HTML_H

#include <stdio.h>

#include "json.h"

/* other: the results of another library to show beside, or NULL.  Passed checks are counted and
 * not listed, and failures beyond what a browser opens with ease are only named. */
void html_write(FILE *, const struct results *, const struct results *other);

/* n bytes of s, or up to its end, as text or attribute. */
void html_text(FILE *, const char *s, size_t n);

#endif
