<?php
// A smaller page than asked for (refused like an unknown value, or silently), no totals.

$newsreel_types = ['post', 'page', 'dispatch', 'attachment', 'category', 'post_tag', 'user'];

if (NEWSREEL['per_page_cap'] > 0 && NEWSREEL['cap_mode'] === 'refuse') {
    foreach ($newsreel_types as $newsreel_type) {
        add_filter("rest_{$newsreel_type}_collection_params", function ($params) {
            $params['per_page']['maximum'] = NEWSREEL['per_page_cap'];
            return $params;
        });
    }
}

if (NEWSREEL['per_page_cap'] > 0 && NEWSREEL['cap_mode'] === 'shorten') {
    add_filter('rest_pre_dispatch', function ($result, $server, $request) {
        if ((int) $request['per_page'] > NEWSREEL['per_page_cap']) {
            $request['per_page'] = NEWSREEL['per_page_cap'];
        }
        return $result;
    }, 10, 3);
}

if (!NEWSREEL['totals']) {
    add_filter('rest_post_dispatch', function ($response) {
        $totals = ['X-WP-Total' => 0, 'X-WP-TotalPages' => 0];
        $response->set_headers(array_diff_key($response->get_headers(), $totals));
        return $response;
    });
}
