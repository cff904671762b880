<?php
// Fills an empty WordPress. Everything is deterministic: the odd posts are files in posts/, the
// bulk is made from word lists by a seeded generator.

function wp_install_defaults(): void
{
    // No sample post, page or comment; only the category that posts fall into.
    global $wpdb;
    $wpdb->insert($wpdb->terms, ['term_id' => 1, 'name' => 'Uncategorized', 'slug' => 'uncategorized']);
    $wpdb->insert($wpdb->term_taxonomy, ['term_id' => 1, 'taxonomy' => 'category', 'description' => '']);
    update_option('default_category', 1);
}

function wp_new_blog_notification(): void
{
    // Nobody to write to.
}

function newsreel_install(): void
{
    require ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install('The Example Wire', 'admin', 'admin@example.test', true, '', 'admin password of the tests');
    update_option('timezone_string', 'Europe/Berlin');
    update_option('blogdescription', 'News that never happened');
    update_option('default_ping_status', 'closed');
}

function newsreel_seed(string $folder): void
{
    mt_srand(20240411);
    wp_defer_term_counting(true);
    add_filter('wp_insert_post_empty_content', '__return_false');
    newsreel_users();
    newsreel_odd_posts($folder);
    newsreel_bulk();
    wp_defer_term_counting(false);
    flush_rewrite_rules();
}

function newsreel_users(): void
{
    $names = ['mira' => 'Mira Okafor', 'jonas' => 'Jonas Wehr-Ölsner', 'lin' => '林美玲', 'desk' => 'Wire Desk'];
    foreach ($names as $login => $name) {
        newsreel_checked(wp_insert_user([
            'user_login' => $login,
            'user_pass' => "password of $login",
            'user_email' => "$login@example.test",
            'display_name' => $name,
            'role' => 'author',
        ]));
    }
}

/** Id of a category path such as "World > Asia > Korea", made where it is missing. */
function newsreel_category(string $path): int
{
    $parent = 0;
    foreach (explode(' > ', $path) as $name) {
        $term = term_exists($name, 'category', $parent) ?: wp_insert_term($name, 'category', ['parent' => $parent]);
        $parent = (int) $term['term_id'];
    }
    return $parent;
}

/** Inserts a post, through a draft first when it is asked for, and returns its id. */
function newsreel_insert(array $post, bool $from_draft = false): int
{
    $post += ['post_status' => 'publish', 'post_author' => 1, 'post_type' => 'post'];
    $first = $from_draft ? ['post_status' => 'draft'] + $post : $post;
    $id = newsreel_checked(wp_insert_post(wp_slash($first), true));
    if ($from_draft) {
        newsreel_checked(wp_update_post(wp_slash(['ID' => $id, 'edit_date' => true] + $post), true));
    }
    return $id;
}

// ---- the odd posts: posts/SLUG.html, header lines "key: value", an empty line, the markup

function newsreel_odd_posts(string $folder): void
{
    foreach (glob("$folder/*.html") as $file) {
        [$head, $content] = explode("\n\n", file_get_contents($file), 2) + [1 => ''];
        preg_match_all('/^([a-z_]+): ?(.*)$/m', $head, $lines);
        newsreel_odd_post(basename($file, '.html'), array_combine($lines[1], $lines[2]), rtrim($content, "\n"));
    }
}

function newsreel_odd_post(string $slug, array $head, string $content): void
{
    $id = newsreel_insert(array_filter([
        'post_name' => $slug,
        'post_title' => newsreel_fill($head['title'] ?? ''),
        'post_content' => newsreel_fill($content),
        'post_date' => $head['date'],
        'post_date_gmt' => $head['date_gmt'] ?? '',
        'post_status' => $head['status'] ?? 'publish',
        'post_type' => $head['type'] ?? 'post',
        'post_password' => $head['password'] ?? '',
        'post_author' => get_user_by('login', $head['author'] ?? 'admin')->ID,
        'post_category' => array_map('newsreel_category', array_filter(explode(', ', $head['categories'] ?? ''))),
        'tags_input' => $head['tags'] ?? '',
    ]), ($head['from'] ?? '') === 'draft');
    isset($head['sticky']) && stick_post($id);
    // What WordPress itself would refuse or set to now; the zero dates are left by broken imports.
    $stored = array_filter([
        'post_date' => $head['stored_date'] ?? '',
        'post_date_gmt' => $head['stored_date_gmt'] ?? $head['stored_date'] ?? '',
        'guid' => $head['guid'] ?? '',
        'post_modified' => $head['modified'] ?? '',
        'post_modified_gmt' => isset($head['modified']) ? get_gmt_from_date($head['modified']) : '',
    ]);
    $stored && $GLOBALS['wpdb']->update($GLOBALS['wpdb']->posts, $stored, ['ID' => $id]);
}

/** Puts in what a file of posts/ only names: {{LONG}}, {{GALLERY}}, and characters as {U+200B}. */
function newsreel_fill(string $text): string
{
    $makers = ['{{LONG}}' => 'newsreel_long_text', '{{GALLERY}}' => 'newsreel_gallery'];
    foreach ($makers as $name => $make) {
        $text = str_contains($text, $name) ? str_replace($name, $make(), $text) : $text;
    }
    return preg_replace_callback('/\{U\+([0-9A-F]{4,5})\}/', fn($m) => mb_chr(hexdec($m[1])), $text);
}

/** Ids of two captioned images, which have no file. */
function newsreel_gallery(): string
{
    $ids = [];
    foreach (['The heron passes the bridge', 'A tractor in tulips'] as $caption) {
        $ids[] = $id = newsreel_insert([
            'post_type' => 'attachment',
            'post_status' => 'inherit',
            'post_title' => $caption,
            'post_excerpt' => $caption,
            'post_mime_type' => 'image/jpeg',
            'post_date' => '2020-08-22 18:00:00',
        ]);
        update_post_meta($id, '_wp_attached_file', "parade-$id.jpg");
    }
    return implode(',', $ids);
}

function newsreel_long_text(): string
{
    $text = '';
    for ($number = 1; strlen($text) < 200_000; $number++) {
        $text .= "<p>$number. " . newsreel_sentences(6) . "</p>\n";
    }
    return $text;
}

// ---- the bulk

function newsreel_bulk(): void
{
    $groups = [ // posts of one and the same second
        '2023-05-09 06:00:00' => 130,
        '2023-05-09 06:00:01' => 7,
        '2022-12-31 23:59:59' => 30,
        '2024-02-29 12:00:00' => 12,
    ];
    foreach ($groups as $date => $count) {
        for ($i = 0; $i < $count; $i++) {
            newsreel_bulk_post($date);
        }
    }
    for ($i = 0; $i < 150; $i++) {
        newsreel_bulk_post(gmdate('Y-m-d H:i:s', mt_rand(1_546_300_800, 1_735_603_200)));
    }
    for ($i = 0; $i < 12; $i++) {
        newsreel_bulk_post(sprintf('2021-0%d-11 08:15:00', 1 + $i % 9), 'dispatch');
        newsreel_bulk_post(sprintf('2020-0%d-11 08:15:00', 1 + $i % 9), 'page');
    }
}

function newsreel_bulk_post(string $date, string $type = 'post'): void
{
    static $number = 0;
    $number++;
    $authors = ['admin', 'mira', 'jonas', 'lin', 'desk'];
    $sections = ['World > Asia > Korea', 'World > Europe', 'Business', 'Business > Markets', 'Sport', 'Culture'];
    $tags = ['ports', 'grain', 'elections', 'weather', 'rail', 'fisheries'];
    newsreel_insert([
        'post_title' => newsreel_title(),
        'post_name' => "bulk-$number",
        'post_content' => newsreel_blocks(mt_rand(2, 6)),
        'post_date' => $date,
        'post_type' => $type,
        'post_author' => get_user_by('login', $authors[$number % 5])->ID,
        'post_category' => $type === 'page' ? [] : [newsreel_category($sections[$number % 6])],
        'tags_input' => $type === 'page' ? '' : [$tags[$number % 6], $tags[$number % 5]],
    ], $number % 4 === 0);
}

function newsreel_pick(array $words): string
{
    return $words[mt_rand(0, count($words) - 1)];
}

function newsreel_title(): string
{
    $who = ['Harbour board', 'Grain council', 'Rail union', 'City assembly', 'Fishing fleet', 'Weather office', 'Upper house'];
    $what = ['delays vote on', 'opens talks over', 'warns about', 'agrees to', 'rejects', 'reviews', 'welcomes'];
    $on = ['dredging plan', 'winter timetable', 'export levy', 'night ferry', 'quota rules', 'new weir', 'bridge toll'];
    return newsreel_pick($who) . ' ' . newsreel_pick($what) . ' ' . newsreel_pick($on);
}

function newsreel_sentences(int $count): string
{
    $subjects = ['The council', 'A spokesperson', 'Officials', 'The ministry', 'Residents', 'Two unions', 'The operator'];
    $verbs = ['said', 'argued', 'confirmed', 'denied', 'repeated', 'acknowledged'];
    $clauses = [
        'the timetable would hold until spring',
        'repairs had taken longer than planned',
        'no decision was due before Thursday',
        'the figures were still being checked',
        'costs had risen by a tenth since March',
        'ferries would run every second hour',
        'the weir was safe at current levels',
    ];
    $ends = ['on Monday', 'after the meeting', 'in a written reply', 'at the quayside', 'late on Friday', 'once more'];
    $sentences = [];
    for ($i = 0; $i < $count; $i++) {
        $sentences[] = newsreel_pick($subjects) . ' ' . newsreel_pick($verbs) . ' '
            . newsreel_pick($ends) . ' that ' . newsreel_pick($clauses) . '.';
    }
    return implode(' ', $sentences);
}

function newsreel_blocks(int $count): string
{
    $blocks = '';
    for ($i = 0; $i < $count; $i++) {
        $blocks .= "<!-- wp:paragraph -->\n<p>" . newsreel_sentences(mt_rand(1, 4)) . "</p>\n<!-- /wp:paragraph -->\n\n";
    }
    return $blocks;
}
